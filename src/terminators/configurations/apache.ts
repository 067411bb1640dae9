import { addressHeader, type ConfigurationValues, underscored } from '../terminator.ts'

/** How many certificates of the chain are forwarded: httpd has no way to forward all. */
const chainLength = 4

/** Apache httpd with mod_ssl, as one of its sites. */
export function apache(values: ConfigurationValues): string {
  const address = `${values.listen.address ?? '*'}:${values.listen.port}`
  const own = values.ownHeaders
  const known = [...own, ...values.knownHeaders]
  const strip = [...known, ...underscored(known)].map((name) => `  RequestHeader unset ${name}`)
  const chain = Array.from({ length: chainLength }, (_, i) => `%{SSL_CLIENT_CERT_CHAIN_${i}}s`)
  return `# A site of its own, such as /etc/apache2/sites-available/certbound.conf.
# a2enmod ssl headers proxy proxy_http reqtimeout && a2ensite certbound

# A resumed session has the certificate of an earlier handshake, without its chain.
SSLSessionCache none
TraceEnable off

# Gets requests for any other host. It must be the first host of this address.
<VirtualHost ${address}>
  ServerName catch-all.invalid
  SSLEngine on
  SSLCertificateFile ${values.files.certificate}
  SSLCertificateKeyFile ${values.files.key}
  SSLStrictSNIVHostCheck on
  # httpd starts this timeout before it knows the host name.
  RequestReadTimeout header=10 body=10
  <Location "/">
    Require all denied
  </Location>
</VirtualHost>

<VirtualHost ${address}>
  ServerName ${values.publicHost}
  SSLEngine on
  SSLCertificateFile ${values.files.certificate}
  SSLCertificateKeyFile ${values.files.key}
  SSLProtocol -all +TLSv1.2 +TLSv1.3
  SSLSessionTickets off

  # Ask every client for a certificate and accept any: the Worker decides. httpd itself
  # refuses expired ones.
  SSLVerifyClient optional_no_ca
  SSLVerifyDepth 10

  LimitRequestBody 65536
  LimitRequestFieldSize 16384
  RequestReadTimeout header=10 body=10

  # httpd forwards headers with underscores: remove those spellings, too.
${strip.join('\n')}

  # Without the condition httpd sends the text "(null)" if there is no certificate. In the chain it
  # still does, and the Worker accepts it there.
  RequestHeader set ${values.header} "%{SSL_CLIENT_CERT}s" "expr=-n %{SSL_CLIENT_CERT}"
  RequestHeader set ${values.header}-Chain "${chain.join(' ')}" "expr=-n %{SSL_CLIENT_CERT}"
  RequestHeader set ${values.credential.header} "${values.credentialValue}"
  RequestHeader set ${addressHeader} "expr=%{REMOTE_ADDR}"

  # The Worker's certificate is verified, so that only the Worker gets the secrets.
  SSLProxyEngine on
  SSLProxyProtocol -all +TLSv1.2 +TLSv1.3
  SSLProxyVerify require
  SSLProxyVerifyDepth 4
  SSLProxyCheckPeerName on
  SSLProxyCheckPeerExpire on
  SSLProxyCACertificateFile ${values.upstreamCas}

  # With PROXY_CERTIFICATES, instead of the credential or in addition: this proxy's own certificate,
  # and in the same file its key.
  ${values.unlessProxyCertificate}SSLProxyMachineCertificateFile ${values.proxyCertificate.certificate}

  ProxyRequests off
  ProxyPreserveHost off
  ProxyTimeout 30
  ProxyPass "/" "https://${values.upstreamHost}/"
</VirtualHost>
`
}
