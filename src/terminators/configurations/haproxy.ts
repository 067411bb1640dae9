import { addressHeader, type ConfigurationValues } from '../terminator.ts'

/** HAProxy, as a whole file. */
export function haproxy(values: ConfigurationValues): string {
  const strip = [...values.ownHeaders, ...values.knownHeaders].map(
    (name) => `  http-request del-header ${name}`,
  )
  const server = [
    `server worker ${values.upstream.host}:${values.upstream.port} ssl verify required ca-file ${values.upstreamCas}`,
    `sni str(${values.upstream.host}) verifyhost ${values.upstream.host} ssl-min-ver TLSv1.2 alpn http/1.1`,
    'init-addr last,libc,none',
  ].join(' ')
  const crt = `crt ${values.proxyCertificate.certificate}`
  return `# A file of its own (haproxy -f haproxy.cfg -f certbound.cfg), or the end of haproxy.cfg.

global
  # A resumed session has the certificate of an earlier handshake.
  tune.ssl.cachesize 0
  # Makes the buffer large enough for a certificate and its chain in the headers.
  tune.bufsize 65536
  tune.maxrewrite 40000

defaults certbound
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 60s
  # Also applies the timeout above to the body, as far as it fits into the buffer, as token requests do.
  option http-buffer-request

frontend certbound from certbound
  # Ask every client for a certificate and accept any, also expired ones: the Worker decides.
  # HAProxy needs a ca-file, but its verdict is ignored. ${values.files.certificate} contains the
  # certificate, its chain and the key. strict-sni refuses handshakes with any other name.
  bind ${values.listen.address ?? '*'}:${values.listen.port} ssl crt ${values.files.certificate} strict-sni ssl-min-ver TLSv1.2 no-tls-tickets alpn http/1.1 verify optional ca-file ${values.upstreamCas} no-ca-names ca-ignore-err all crt-ignore-err all
  http-request deny deny_status 421 unless { ssl_fc_sni,lower -m str ${values.publicHost} } { req.hdr(host),host_only,lower -m str ${values.publicHost} }
  http-request deny deny_status 413 if { req.hdr_val(content-length) gt 65536 }

  # Drops names with other characters than letters, digits and hyphens, such as x_client_cert.
  option http-restrict-req-hdr-names delete
${strip.join('\n')}

  # ssl_c_used also works for resumed sessions, ssl_fc_has_crt does not.
  http-request set-header ${values.header} %[ssl_c_der,base64] if { ssl_c_used }
  http-request set-header ${values.header}-Chain %[ssl_c_chain_der,base64] if { ssl_c_used } { ssl_c_chain_der -m len gt 0 }
  http-request set-header ${values.credential.header} "${values.credentialValue}"
  http-request set-header ${addressHeader} %[src]
  http-request set-header Host ${values.upstreamHost}
  default_backend certbound_worker

backend certbound_worker from certbound
  # The Worker's certificate is verified, so that only the Worker gets the secrets.
${
  values.files.proxyCertificate === null
    ? `  ${server}
  # With PROXY_CERTIFICATES, instead of the credential or in addition, this proxy's own certificate
  # (with its key in the same file): add "${crt}" to the line above.`
    : `  ${server} ${crt}`
}
`
}
