import { knownCertificateHeaders, ownHeaders, underscored } from '../known-headers.ts'
import {
  addressHeader,
  credentialValue,
  exampleHop,
  type ProxySettings,
  upstreamHost,
} from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Caddy, as a whole Caddyfile. */
export const caddy: ProxyTemplate = {
  name: 'caddy',
  title: 'Caddy 2.6 or later',
  source: 'caddy',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  verified: 'real program',
  namesHeader: true,
  tellsAddress: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { publicHost, files, header, credential, listen } = settings
  const known = [...ownHeaders(settings), ...knownCertificateHeaders]
  const strip = [...known, ...underscored(known)].map((name) => `  request_header -${name}`)
  const bind = listen.address === null ? '' : `\n  bind ${listen.address}`
  const trusted =
    files.upstreamCas === null ? '' : `\n    tls_trusted_ca_certs ${files.upstreamCas}`
  const hop = files.hop ?? exampleHop
  const hopComment = files.hop === null ? '# ' : ''
  return `# A whole Caddyfile.
{
  # The admin interface would show the secrets below to every local user.
  admin off
  auto_https disable_redirects
  servers {
    protocols h1 h2
    # Host must be the name that was given in the handshake.
    strict_sni_host on
    # Caddy has no bound of its own for clients that drip.
    timeouts {
      read_header 10s
      read_body 10s
      idle 60s
    }
  }
}

# Every request of the site goes through one of the two handles below, and both through this.
(certbound_worker) {
  header_up Host ${upstreamHost(settings)}
  header_up ${credential.header} "${credentialValue(credential)}"
  header_up ${addressHeader} {http.request.remote.host}
  # The Worker's certificate is verified: credential and certificate go to nobody else.
  transport http {
    tls
    tls_server_name ${settings.upstream.host}${trusted}
    # With PROXY_CERTIFICATES, in place of the credential or besides it: this hop's own certificate.
    ${hopComment}tls_client_auth ${hop.certificate} ${hop.key}
  }
}

https://${publicHost}:${listen.port} {${bind}
  # Every partner is asked for a certificate and any is let in, expired ones too: the Worker decides.
  # Other modes end the handshake of all that Caddy cannot verify itself. Caddy resumes sessions, with
  # the certificate of the first handshake: the Worker looks at its dates and lists every time.
  tls ${files.certificate} ${files.key} {
    protocols tls1.2 tls1.3
    client_auth {
      mode request
    }
  }
  request_body {
    max_size 64KB
  }

  # Caddy passes underscores on: those spellings go too.
${strip.join('\n')}

  # Without a certificate Caddy before 2.11.2 would send the name of the placeholder in its place.
  @certificate vars_regexp fingerprint {http.request.tls.client.fingerprint} ^[0-9a-f]{64}$
  handle @certificate {
    reverse_proxy https://${upstreamHost(settings)} {
      header_up ${header} {http.request.tls.client.certificate_der_base64}
      import certbound_worker
    }
  }
  handle {
    reverse_proxy https://${upstreamHost(settings)} {
      header_up -${header}
      import certbound_worker
    }
  }
}

# Whoever names another host ends here.
https://:${listen.port} {${bind}
  tls ${files.certificate} ${files.key}
  respond 421
}
`
}
