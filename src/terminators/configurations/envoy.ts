import type { ConfigurationValues } from '../terminator.ts'

const api = 'type.googleapis.com/envoy.extensions'

/** Envoy, as a whole static configuration. */
export function envoy(values: ConfigurationValues): string {
  // Removing it would remove what SANITIZE_SET has written.
  const strip = values.knownHeaders.filter((name) => !/^x-forwarded-client-cert$/i.test(name))
  const proxyCertificate =
    values.files.proxyCertificate === null
      ? "# With PROXY_CERTIFICATES: tls_certificates, as above, with this proxy's own certificate."
      : `tls_certificates: [{ certificate_chain: { filename: ${values.files.proxyCertificate.certificate} }, private_key: { filename: ${values.files.proxyCertificate.key} } }]`
  return `static_resources:
  listeners:
  - name: certbound
    address: { socket_address: { address: "${(values.listen.address ?? '0.0.0.0').replace(/[[\]]/g, '')}", port_value: ${values.listen.port} } }
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config: { "@type": ${api}.filters.listener.tls_inspector.v3.TlsInspector }
    filter_chains:
    # The only chain: a handshake with another host name, or without one, is refused.
    - filter_chain_match: { server_names: [${values.publicHost}] }
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": ${api}.transport_sockets.tls.v3.DownstreamTlsContext
          # Ask every client for a certificate and accept any: the Worker decides. Without a
          # trusted_ca Envoy does not ask.
          require_client_certificate: false
          # A resumed session has the certificate of an earlier handshake.
          disable_stateless_session_resumption: true
          disable_stateful_session_resumption: true
          common_tls_context:
            tls_params: { tls_minimum_protocol_version: TLSv1_2 }
            tls_certificates: [{ certificate_chain: { filename: ${values.files.certificate} }, private_key: { filename: ${values.files.key} } }]
            validation_context: { trusted_ca: { filename: ${values.upstreamCas} }, trust_chain_verification: ACCEPT_UNTRUSTED }
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": ${api}.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: certbound
          # Removes what clients send and writes one element. APPEND_FORWARD would forward a forged element
          # in front of it.
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
              domains: ["${values.publicHost}", "${values.publicHost}:${values.listen.port}"]
              request_headers_to_remove:
${strip.map((name) => `              - ${name}`).join('\n')}
              request_headers_to_add:
              - header: { key: ${values.credential.header}, value: "${values.credentialValue}" }
                append_action: OVERWRITE_IF_EXISTS_OR_ADD
              routes:
              - match: { prefix: "/" }
                route: { cluster: certbound_worker, host_rewrite_literal: "${values.upstreamHost}", timeout: 30s }
  clusters:
  - name: certbound_worker
    type: LOGICAL_DNS
    load_assignment:
      cluster_name: certbound_worker
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: ${values.upstream.host}, port_value: ${values.upstream.port} } } } }] }]
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": ${api}.transport_sockets.tls.v3.UpstreamTlsContext
        sni: ${values.upstream.host}
        common_tls_context:
          ${proxyCertificate}
          # The Worker's certificate is verified, so that only the Worker gets the secrets.
          validation_context:
            trusted_ca: { filename: ${values.upstreamCas} }
            match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${values.upstream.host} } }]
`
}
