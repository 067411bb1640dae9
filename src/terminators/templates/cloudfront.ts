import { credentialValue, type ProxySettings } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

const common = {
  namesHeader: false,
  verified: 'not verified here',
  comment: hash,
} as const

/** CloudFront that verifies against a trust store. */
export const cloudfront: ProxyTemplate = {
  ...common,
  name: 'cloudfront',
  title: 'AWS CloudFront, viewer mTLS required or optional',
  source: 'cloudfront',
  chain: 'no',
  selfSigned: 'refused',
  expired: 'refused, but for IgnoreCertificateExpiry',
  configuration: (settings) =>
    configuration(settings, ['CloudFront-Viewer-Cert-Pem'], {
      Mode: 'required',
      TrustStoreConfig: { TrustStoreId: 'TRUST_STORE_ID', IgnoreCertificateExpiry: false },
    }),
}

/** CloudFront that passes every certificate on, in RFC 9440 headers that it writes itself. */
export const cloudfrontPassthrough: ProxyTemplate = {
  ...common,
  name: 'cloudfront-passthrough',
  title: 'AWS CloudFront, viewer mTLS passthrough',
  source: 'cloudfront-passthrough',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  configuration: (settings) => configuration(settings, [], { Mode: 'passthrough' }),
}

/** @param headers what the edge adds only where the origin request policy names it */
function configuration(
  settings: ProxySettings,
  headers: readonly string[],
  viewerMtls: Readonly<Record<string, unknown>>,
): string {
  const { upstream, publicHost, credential } = settings
  // An allow-list: what clients forge is not among it, and Host stays the Worker's.
  const items = ['Content-Type', 'Accept', ...headers]
  const policy = {
    Name: 'certbound',
    HeadersConfig: {
      HeaderBehavior: 'whitelist',
      Headers: { Quantity: items.length, Items: items },
    },
    CookiesConfig: { CookieBehavior: 'none' },
    QueryStringsConfig: { QueryStringBehavior: 'all' },
  }
  const distribution = {
    Aliases: { Quantity: 1, Items: [publicHost] },
    ViewerMtlsConfig: viewerMtls,
    Origins: {
      Quantity: 1,
      Items: [
        {
          ...{ Id: 'certbound', DomainName: upstream.host },
          CustomHeaders: {
            Quantity: 1,
            Items: [{ HeaderName: credential.header, HeaderValue: credentialValue(credential) }],
          },
          CustomOriginConfig: {
            ...{ HTTPPort: 80, HTTPSPort: upstream.port, OriginProtocolPolicy: 'https-only' },
            OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2'] },
          },
        },
      ],
    },
    DefaultCacheBehavior: {
      ...{ TargetOriginId: 'certbound', ViewerProtocolPolicy: 'https-only' },
      AllowedMethods: {
        Quantity: 7,
        Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      },
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'ID_OF_THE_POLICY',
    },
  }
  const json = (value: unknown) => JSON.stringify(value, null, 2)
  return `# 1. What goes to the Worker of a request: these headers and no others. An API that needs more of
# them, such as Authorization for /introspect, has to be named here too.
cat > policy.json <<'JSON'
${json(policy)}
JSON
aws cloudfront create-origin-request-policy --origin-request-policy-config file://policy.json

# 2. The distribution: these members of its configuration. CachePolicyId is the managed one that caches
# nothing; CloudFront verifies the certificate of an https-only origin. A distribution without
# ViewerMtlsConfig must not have this origin.
cat > distribution.json <<'JSON'
${json(distribution)}
JSON
`
}
