import type { ConfigurationValues } from '../terminator.ts'

/** AWS Application Load Balancer that forwards every certificate. */
export const awsAlb = (values: ConfigurationValues): string =>
  configuration(values, 'Mode=passthrough', 'x_amzn_mtls_clientcert')

/** AWS Application Load Balancer that verifies certificates against a trust store. */
export const awsAlbVerify = (values: ConfigurationValues): string =>
  configuration(
    values,
    '"Mode=verify,TrustStoreArn=$TRUST_STORE,IgnoreClientCertificateExpiry=false"',
    'x_amzn_mtls_clientcert_leaf',
  )

/** @param attribute the part of the listener attribute's name that names the certificate's header */
function configuration(values: ConfigurationValues, mode: string, attribute: string): string {
  const strip = values.knownHeaders.map((name) => `#     proxy_set_header ${name} "";`)
  return `# 1. The listener of ${values.publicHost}. The header gets its secret name here.
aws elbv2 modify-listener --listener-arn "$LISTENER" --mutual-authentication ${mode}
aws elbv2 modify-listener-attributes --listener-arn "$LISTENER" --attributes \\
  Key=routing.http.request.${attribute}.header_name,Value=${values.header}
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$BALANCER" --attributes \\
  Key=routing.http.drop_invalid_header_fields.enabled,Value=true
# No other listener of the balancer may reach the targets below: it is not documented whether a listener
# without mutual TLS removes the header that a client sends.

# 2. A balancer cannot add a credential, nor reach a host outside of its VPC. Its targets are nginx, in a
# security group that only this balancer may reach:
#   server {
#     # The default server: the balancer sends no SNI, and nginx then uses the header buffers of the
#     # default server. Certificate and chain are in one header of up to 64k.
#     listen 443 ssl default_server;
#     large_client_header_buffers 4 64k;
#     ssl_protocols TLSv1.2 TLSv1.3;
#     ssl_certificate ${values.files.certificate};
#     ssl_certificate_key ${values.files.key};
#     underscores_in_headers off;
#     client_max_body_size 64k;
${strip.join('\n')}
#     proxy_headers_hash_max_size 1024;
#     proxy_headers_hash_bucket_size 128;
#     proxy_set_header Host ${values.upstreamHost};
#     proxy_set_header ${values.credential.header} "${values.credentialValue}";
#     proxy_ssl_server_name on;
#     proxy_ssl_name ${values.upstream.host};
#     proxy_ssl_verify on;
#     proxy_ssl_verify_depth 4;
#     proxy_ssl_trusted_certificate ${values.upstreamCas};
#     location / { proxy_pass https://${values.upstream.host}:${values.upstream.port}; }
#   }
`
}
