import { knownCertificateHeaders, ownHeaders } from '../known-headers.ts'
import {
  addressHeader,
  credentialValue,
  exampleHop,
  type ProxySettings,
  systemCas,
  upstreamHost,
} from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** HAProxy, as a whole file. */
export const haproxy: ProxyTemplate = {
  name: 'haproxy',
  title: 'HAProxy 2.6 or later',
  source: 'haproxy',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  verified: 'real program',
  namesHeader: true,
  tellsAddress: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, files, header, credential } = settings
  const cas = files.upstreamCas ?? systemCas
  const strip = [...ownHeaders(settings), ...knownCertificateHeaders].map(
    (name) => `  http-request del-header ${name}`,
  )
  const server = [
    `server worker ${upstream.host}:${upstream.port} ssl verify required ca-file ${cas}`,
    `sni str(${upstream.host}) verifyhost ${upstream.host} ssl-min-ver TLSv1.2 alpn http/1.1`,
    'init-addr last,libc,none',
  ].join(' ')
  const withHop = `crt ${(files.hop ?? exampleHop).certificate}`
  return `# A file of its own (haproxy -f haproxy.cfg -f certbound.cfg), or the end of haproxy.cfg.

global
  # A resumed session brings the certificate of an earlier handshake.
  tune.ssl.cachesize 0
  # Room for a certificate and its chain in the headers.
  tune.bufsize 65536
  tune.maxrewrite 40000

defaults certbound
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 60s
  # Reads the body too within the time above, as far as it fits the buffer: that of a token request does.
  option http-buffer-request

frontend certbound from certbound
  # Every partner is asked for a certificate and any is let in, expired ones too: the Worker decides.
  # HAProxy wants a ca-file all the same; what it makes of it is ignored. ${files.certificate} holds
  # the certificate, its chain and the key. strict-sni: no handshake under any other name.
  bind ${settings.listen.address ?? '*'}:${settings.listen.port} ssl crt ${files.certificate} strict-sni ssl-min-ver TLSv1.2 no-tls-tickets alpn http/1.1 verify optional ca-file ${cas} no-ca-names ca-ignore-err all crt-ignore-err all
  http-request deny deny_status 421 unless { ssl_fc_sni,lower -m str ${publicHost} } { req.hdr(host),host_only,lower -m str ${publicHost} }
  http-request deny deny_status 413 if { req.hdr_val(content-length) gt 65536 }

  # Names with anything but letters, digits and hyphens are dropped: x_client_cert among them.
  option http-restrict-req-hdr-names delete
${strip.join('\n')}

  # ssl_c_used holds on resumed sessions too, where ssl_fc_has_crt does not.
  http-request set-header ${header} %[ssl_c_der,base64] if { ssl_c_used }
  http-request set-header ${header}-Chain %[ssl_c_chain_der,base64] if { ssl_c_used } { ssl_c_chain_der -m len gt 0 }
  http-request set-header ${credential.header} "${credentialValue(credential)}"
  http-request set-header ${addressHeader} %[src]
  http-request set-header Host ${upstreamHost(settings)}
  default_backend certbound_worker

backend certbound_worker from certbound
  # The Worker's certificate is verified: credential and certificate go to nobody else.
${
  files.hop === null
    ? `  ${server}
  # With PROXY_CERTIFICATES, in place of the credential or besides it, this hop's own certificate
  # (with its key in the same file): add "${withHop}" to the line above.`
    : `  ${server} ${withHop}`
}
`
}
