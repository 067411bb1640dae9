import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, systemCas, upstreamHost } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Envoy, as a whole static configuration. */
export const envoy: ProxyTemplate = {
  name: 'envoy',
  title: 'Envoy 1.31 or later',
  source: 'envoy',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'conveyed, by ACCEPT_UNTRUSTED',
  verified: 'recorded values',
  namesHeader: false,
  comment: hash,
  configuration,
}

const api = 'type.googleapis.com/envoy.extensions'

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, files, credential } = settings
  const cas = files.upstreamCas ?? systemCas
  // Removed after SANITIZE_SET has written it.
  const strip = knownCertificateHeaders.filter((name) => !/^x-forwarded-client-cert$/i.test(name))
  const hop =
    files.hop === null
      ? "# With PROXY_CERTIFICATES: tls_certificates, as above, with this hop's own certificate."
      : `tls_certificates: [{ certificate_chain: { filename: ${files.hop.certificate} }, private_key: { filename: ${files.hop.key} } }]`
  return `static_resources:
  listeners:
  - name: certbound
    address: { socket_address: { address: "${(settings.listen.address ?? '0.0.0.0').replace(/[[\]]/g, '')}", port_value: ${settings.listen.port} } }
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config: { "@type": ${api}.filters.listener.tls_inspector.v3.TlsInspector }
    filter_chains:
    # The only chain: whoever names another host in the handshake, or none, gets no handshake.
    - filter_chain_match: { server_names: [${publicHost}] }
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": ${api}.transport_sockets.tls.v3.DownstreamTlsContext
          # Every partner is asked for a certificate and any is let in: the Worker decides. Without a
          # trusted_ca Envoy does not ask.
          require_client_certificate: false
          # A resumed session brings the certificate of an earlier handshake.
          disable_stateless_session_resumption: true
          disable_stateful_session_resumption: true
          common_tls_context:
            tls_params: { tls_minimum_protocol_version: TLSv1_2 }
            tls_certificates: [{ certificate_chain: { filename: ${files.certificate} }, private_key: { filename: ${files.key} } }]
            validation_context: { trusted_ca: { filename: ${cas} }, trust_chain_verification: ACCEPT_UNTRUSTED }
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": ${api}.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: certbound
          # Removes what clients send and writes the one element of this hop. APPEND_FORWARD would pass
          # a forged element on in front of it.
          forward_client_cert_details: SANITIZE_SET
          set_current_client_cert_details: { cert: true, chain: true }
          common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }
          max_request_headers_kb: 60
          request_headers_timeout: 10s
          request_timeout: 30s
          http_filters:
          - name: envoy.filters.http.buffer
            typed_config: { "@type": ${api}.filters.http.buffer.v3.Buffer, max_request_bytes: 65536 }
          - name: envoy.filters.http.router
            typed_config: { "@type": ${api}.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - name: certbound
              domains: ["${publicHost}", "${publicHost}:${settings.listen.port}"]
              request_headers_to_remove:
${strip.map((name) => `              - ${name}`).join('\n')}
              request_headers_to_add:
              - header: { key: ${credential.header}, value: "${credentialValue(credential)}" }
                append_action: OVERWRITE_IF_EXISTS_OR_ADD
              routes:
              - match: { prefix: "/" }
                route: { cluster: certbound_worker, host_rewrite_literal: "${upstreamHost(settings)}", timeout: 30s }
  clusters:
  - name: certbound_worker
    type: LOGICAL_DNS
    load_assignment:
      cluster_name: certbound_worker
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: ${upstream.host}, port_value: ${upstream.port} } } } }] }]
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": ${api}.transport_sockets.tls.v3.UpstreamTlsContext
        sni: ${upstream.host}
        common_tls_context:
          ${hop}
          # The Worker's certificate is verified: credential and certificate go to nobody else.
          validation_context:
            trusted_ca: { filename: ${cas} }
            match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${upstream.host} } }]
`
}
