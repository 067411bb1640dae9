import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, systemCas, upstreamHost } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

const common = {
  namesHeader: true,
  verified: 'not verified here',
  comment: hash,
} as const

/** An AWS Application Load Balancer that passes every certificate on. */
export const awsAlb: ProxyTemplate = {
  ...common,
  name: 'aws-alb',
  title: 'AWS Application Load Balancer, passthrough mode',
  source: 'aws-alb',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  configuration: (settings) =>
    configuration(settings, 'Mode=passthrough', 'x_amzn_mtls_clientcert'),
}

/** An AWS Application Load Balancer that verifies against a trust store. */
export const awsAlbVerify: ProxyTemplate = {
  ...common,
  name: 'aws-alb-verify',
  title: 'AWS Application Load Balancer, verify mode',
  source: 'aws-alb-verify',
  chain: 'no',
  selfSigned: 'refused',
  expired: 'refused, but for IgnoreClientCertificateExpiry=true',
  configuration: (settings) =>
    configuration(
      settings,
      '"Mode=verify,TrustStoreArn=$TRUST_STORE,IgnoreClientCertificateExpiry=false"',
      'x_amzn_mtls_clientcert_leaf',
    ),
}

/** @param attribute the part of the listener attribute's name that stands for the certificate's header */
function configuration(settings: ProxySettings, mode: string, attribute: string): string {
  const { upstream, header, credential, files } = settings
  const strip = knownCertificateHeaders.map((name) => `#     proxy_set_header ${name} "";`)
  return `# 1. The listener of ${settings.publicHost}. The header gets its secret name here.
aws elbv2 modify-listener --listener-arn "$LISTENER" --mutual-authentication ${mode}
aws elbv2 modify-listener-attributes --listener-arn "$LISTENER" --attributes \\
  Key=routing.http.request.${attribute}.header_name,Value=${header}
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$BALANCER" --attributes \\
  Key=routing.http.drop_invalid_header_fields.enabled,Value=true
# Every other listener of the balancer must not reach the targets below: whether one without mutual
# TLS removes the header that a client sends is not documented.

# 2. A balancer can neither add a credential nor reach a host outside of its VPC. Its targets are nginx,
# in a security group that lets in this balancer and nobody else:
#   server {
#     # The default server: the balancer names no host in its handshakes, and nginx takes what it reads
#     # headers by from there. Certificate and chain come in one of 64k.
#     listen 443 ssl default_server;
#     large_client_header_buffers 4 64k;
#     ssl_protocols TLSv1.2 TLSv1.3;
#     ssl_certificate ${files.certificate};
#     ssl_certificate_key ${files.key};
#     underscores_in_headers off;
#     client_max_body_size 64k;
${strip.join('\n')}
#     proxy_headers_hash_max_size 1024;
#     proxy_headers_hash_bucket_size 128;
#     proxy_set_header Host ${upstreamHost(settings)};
#     proxy_set_header ${credential.header} "${credentialValue(credential)}";
#     proxy_ssl_server_name on;
#     proxy_ssl_name ${upstream.host};
#     proxy_ssl_verify on;
#     proxy_ssl_verify_depth 4;
#     proxy_ssl_trusted_certificate ${files.upstreamCas ?? systemCas};
#     location / { proxy_pass https://${upstream.host}:${upstream.port}; }
#   }
`
}
