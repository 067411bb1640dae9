import { knownCertificateHeaders, ownHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Kong Gateway, as declarative configuration. */
export const kong: ProxyTemplate = {
  name: 'kong',
  title: 'Kong Gateway Enterprise 3',
  source: 'kong',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'not known',
  verified: 'not verified here',
  namesHeader: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, header, credential } = settings
  const strip = [...ownHeaders(settings), ...knownCertificateHeaders].map(
    (name) => `      kong.service.request.clear_header("${name}")`,
  )
  return `# For deck or KONG_DECLARATIVE_CONFIG. In kong.conf:
#   lua_ssl_trusted_certificate = system
#   nginx_proxy_ssl_session_tickets = off
#   nginx_proxy_underscores_in_headers = off
_format_version: "3.0"
services:
- name: certbound
  host: ${upstream.host}
  port: ${upstream.port}
  protocol: https
  # The Worker's certificate is verified: credential and certificate go to nobody else.
  tls_verify: true
  tls_verify_depth: 4
  # With PROXY_CERTIFICATES: client_certificate, this hop's own.
  routes:
  - name: certbound
    hosts: [${publicHost}]
    snis: [${publicHost}]
    protocols: [https]
    preserve_host: false
  plugins:
  # Runs before all others: whether tls-metadata-headers removes what clients send is not documented.
  - name: pre-function
    config:
      access:
      - |
${strip.map((line) => `  ${line}`).join('\n')}
        kong.service.request.set_header("${credential.header}", "${credentialValue(credential)}")
  # Every partner is asked for a certificate and any is let in: the Worker decides.
  - name: tls-handshake-modifier
    config: { tls_client_certificate: REQUEST }
  - name: tls-metadata-headers
    config: { inject_client_cert_details: true, client_cert_header_name: ${header} }
  - name: request-size-limiting
    config: { allowed_payload_size: 64, size_unit: kilobytes }
`
}
