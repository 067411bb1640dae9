import type { ConfigurationValues } from '../terminator.ts'

/** Kong Gateway, as declarative configuration. */
export function kong(values: ConfigurationValues): string {
  const strip = [...values.ownHeaders, ...values.knownHeaders].map(
    (name) => `      kong.service.request.clear_header("${name}")`,
  )
  return `# For deck or KONG_DECLARATIVE_CONFIG. In kong.conf:
#   lua_ssl_trusted_certificate = system
#   nginx_proxy_ssl_session_tickets = off
#   nginx_proxy_underscores_in_headers = off
_format_version: "3.0"
services:
- name: certbound
  host: ${values.upstream.host}
  port: ${values.upstream.port}
  protocol: https
  # The Worker's certificate is verified, so that only the Worker gets the secrets.
  tls_verify: true
  tls_verify_depth: 4
  # With PROXY_CERTIFICATES: client_certificate, this proxy's own.
  routes:
  - name: certbound
    hosts: [${values.publicHost}]
    snis: [${values.publicHost}]
    protocols: [https]
    preserve_host: false
  plugins:
  # Runs first: it is not documented whether tls-metadata-headers removes what clients send.
  - name: pre-function
    config:
      access:
      - |
${strip.map((line) => `  ${line}`).join('\n')}
        kong.service.request.set_header("${values.credential.header}", "${values.credentialValue}")
  # Ask every client for a certificate and accept any: the Worker decides.
  - name: tls-handshake-modifier
    config: { tls_client_certificate: REQUEST }
  - name: tls-metadata-headers
    config: { inject_client_cert_details: true, client_cert_header_name: ${values.header} }
  - name: request-size-limiting
    config: { allowed_payload_size: 64, size_unit: kilobytes }
`
}
