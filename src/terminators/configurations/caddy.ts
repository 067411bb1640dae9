import { addressHeader, type ConfigurationValues, underscored } from '../terminator.ts'

/** Caddy, as a whole Caddyfile. */
export function caddy(values: ConfigurationValues): string {
  const known = [...values.ownHeaders, ...values.knownHeaders]
  const strip = [...known, ...underscored(known)].map((name) => `  request_header -${name}`)
  const bind = values.listen.address === null ? '' : `\n  bind ${values.listen.address}`
  const trusted =
    values.files.upstreamCas === null
      ? ''
      : `\n    tls_trusted_ca_certs ${values.files.upstreamCas}`
  return `# A whole Caddyfile.
{
  # The admin interface would show the secrets below to every local user.
  admin off
  auto_https disable_redirects
  servers {
    protocols h1 h2
    # Host must be the name in the handshake.
    strict_sni_host on
    # Caddy has no default timeouts for slow clients.
    timeouts {
      read_header 10s
      read_body 10s
      idle 60s
    }
  }
}

# Used by both handles below, one of which gets every request.
(certbound_worker) {
  header_up Host ${values.upstreamHost}
  header_up ${values.credential.header} "${values.credentialValue}"
  header_up ${addressHeader} {http.request.remote.host}
  # The Worker's certificate is verified, so that only the Worker gets the secrets.
  transport http {
    tls
    tls_server_name ${values.upstream.host}${trusted}
    # With PROXY_CERTIFICATES, instead of the credential or in addition: this proxy's own certificate.
    ${values.unlessProxyCertificate}tls_client_auth ${values.proxyCertificate.certificate} ${values.proxyCertificate.key}
  }
}

https://${values.publicHost}:${values.listen.port} {${bind}
  # Ask every client for a certificate and accept any, also expired ones: the Worker decides.
  # The other modes end the handshake if Caddy cannot verify the certificate itself. Caddy resumes
  # sessions with the certificate of the first handshake: the Worker checks its dates and CRLs each time.
  tls ${values.files.certificate} ${values.files.key} {
    protocols tls1.2 tls1.3
    client_auth {
      mode request
    }
  }
  request_body {
    max_size 64KB
  }

  # Caddy forwards headers with underscores: remove those spellings, too.
${strip.join('\n')}

  # Without a certificate Caddy before 2.11.2 would send the name of the placeholder.
  @certificate vars_regexp fingerprint {http.request.tls.client.fingerprint} ^[0-9a-f]{64}$
  handle @certificate {
    reverse_proxy https://${values.upstreamHost} {
      header_up ${values.header} {http.request.tls.client.certificate_der_base64}
      import certbound_worker
    }
  }
  handle {
    reverse_proxy https://${values.upstreamHost} {
      header_up -${values.header}
      import certbound_worker
    }
  }
}

# Gets requests for any other host.
https://:${values.listen.port} {${bind}
  tls ${values.files.certificate} ${values.files.key}
  respond 421
}
`
}
