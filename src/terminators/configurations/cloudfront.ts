import type { ConfigurationValues } from '../terminator.ts'

/** CloudFront that verifies certificates against a trust store. */
export const cloudfront = (values: ConfigurationValues): string =>
  configuration(
    values,
    ['CloudFront-Viewer-Cert-Pem'],
    '{ "Mode": "required", "TrustStoreConfig": { "TrustStoreId": "TRUST_STORE_ID", "IgnoreCertificateExpiry": false } }',
  )

/** CloudFront that forwards every certificate, in RFC 9440 headers that it writes itself. */
export const cloudfrontPassthrough = (values: ConfigurationValues): string =>
  configuration(values, [], '{ "Mode": "passthrough" }')

/** @param headers the edge adds them only if the origin request policy names them */
function configuration(
  values: ConfigurationValues,
  headers: readonly string[],
  viewerMtls: string,
): string {
  const { upstream, publicHost, credential, credentialValue } = values
  // An allow-list: forged headers are not on it, and Host remains the Worker's.
  const allowed = ['Content-Type', 'Accept', ...headers]
  return `# 1. CloudFront forwards these headers and no others. Add further ones that an endpoint needs, such as
# Authorization for /introspect.
cat > policy.json <<'JSON'
{
  "Name": "certbound",
  "HeadersConfig": {
    "HeaderBehavior": "whitelist",
    "Headers": { "Quantity": ${allowed.length}, "Items": ${JSON.stringify(allowed)} }
  },
  "CookiesConfig": { "CookieBehavior": "none" },
  "QueryStringsConfig": { "QueryStringBehavior": "all" }
}
JSON
aws cloudfront create-origin-request-policy --origin-request-policy-config file://policy.json

# 2. These members of the distribution's configuration. CachePolicyId is the managed policy that caches
# nothing. CloudFront verifies the certificate of an https-only origin. A distribution without
# ViewerMtlsConfig must not have this origin.
cat > distribution.json <<'JSON'
{
  "Aliases": { "Quantity": 1, "Items": ["${publicHost}"] },
  "ViewerMtlsConfig": ${viewerMtls},
  "Origins": {
    "Quantity": 1,
    "Items": [
      {
        "Id": "certbound",
        "DomainName": "${upstream.host}",
        "CustomHeaders": {
          "Quantity": 1,
          "Items": [{ "HeaderName": "${credential.header}", "HeaderValue": "${credentialValue}" }]
        },
        "CustomOriginConfig": {
          "HTTPPort": 80,
          "HTTPSPort": ${upstream.port},
          "OriginProtocolPolicy": "https-only",
          "OriginSslProtocols": { "Quantity": 1, "Items": ["TLSv1.2"] }
        }
      }
    ]
  },
  "DefaultCacheBehavior": {
    "TargetOriginId": "certbound",
    "ViewerProtocolPolicy": "https-only",
    "AllowedMethods": {
      "Quantity": 7,
      "Items": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    },
    "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "OriginRequestPolicyId": "ID_OF_THE_POLICY"
  }
}
JSON
`
}
