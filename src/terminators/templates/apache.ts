import { knownCertificateHeaders, ownHeaders, underscored } from '../known-headers.ts'
import {
  addressHeader,
  credentialValue,
  exampleHop,
  type ProxySettings,
  systemCas,
  upstreamHost,
} from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Apache httpd with mod_ssl, as one of its sites. */
export const apache: ProxyTemplate = {
  name: 'apache',
  title: 'Apache httpd 2.4 with mod_ssl',
  source: 'apache',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'refused by httpd: it ends the handshake',
  verified: 'real program',
  namesHeader: true,
  tellsAddress: true,
  comment: hash,
  configuration,
}

/** As many as httpd is told to convey: there is no way to say "all". */
const chainLength = 4

function configuration(settings: ProxySettings): string {
  const { publicHost, files, header, credential } = settings
  const address = `${settings.listen.address ?? '*'}:${settings.listen.port}`
  const own = ownHeaders(settings)
  const known = [...own, ...knownCertificateHeaders]
  const strip = [...known, ...underscored(known)].map((name) => `  RequestHeader unset ${name}`)
  const chain = Array.from({ length: chainLength }, (_, i) => `%{SSL_CLIENT_CERT_CHAIN_${i}}s`)
  const hop = files.hop ?? exampleHop
  const hopComment = files.hop === null ? '# ' : ''
  return `# A site of its own, such as /etc/apache2/sites-available/certbound.conf.
# a2enmod ssl headers proxy proxy_http reqtimeout && a2ensite certbound

# A resumed session brings the certificate of an earlier handshake, and of the chain nothing.
SSLSessionCache none
TraceEnable off

# Whoever names another host ends here. It has to be the first host of this address.
<VirtualHost ${address}>
  ServerName catch-all.invalid
  SSLEngine on
  SSLCertificateFile ${files.certificate}
  SSLCertificateKeyFile ${files.key}
  SSLStrictSNIVHostCheck on
  # httpd starts the clock of a request before it knows the name.
  RequestReadTimeout header=10 body=10
  <Location "/">
    Require all denied
  </Location>
</VirtualHost>

<VirtualHost ${address}>
  ServerName ${publicHost}
  SSLEngine on
  SSLCertificateFile ${files.certificate}
  SSLCertificateKeyFile ${files.key}
  SSLProtocol -all +TLSv1.2 +TLSv1.3
  SSLSessionTickets off

  # Every partner is asked for a certificate and any is let in: the Worker decides. httpd itself
  # refuses those that have expired.
  SSLVerifyClient optional_no_ca
  SSLVerifyDepth 10

  LimitRequestBody 65536
  LimitRequestFieldSize 16384
  RequestReadTimeout header=10 body=10

  # httpd passes underscores on: those spellings go too.
${strip.join('\n')}

  # Without the condition httpd sends the text "(null)" where there is no certificate; in the chain it
  # does, and the Worker knows it.
  RequestHeader set ${header} "%{SSL_CLIENT_CERT}s" "expr=-n %{SSL_CLIENT_CERT}"
  RequestHeader set ${header}-Chain "${chain.join(' ')}" "expr=-n %{SSL_CLIENT_CERT}"
  RequestHeader set ${credential.header} "${credentialValue(credential)}"
  RequestHeader set ${addressHeader} "expr=%{REMOTE_ADDR}"

  # The Worker's certificate is verified: credential and certificate go to nobody else.
  SSLProxyEngine on
  SSLProxyProtocol -all +TLSv1.2 +TLSv1.3
  SSLProxyVerify require
  SSLProxyVerifyDepth 4
  SSLProxyCheckPeerName on
  SSLProxyCheckPeerExpire on
  SSLProxyCACertificateFile ${files.upstreamCas ?? systemCas}

  # With PROXY_CERTIFICATES, in place of the credential or besides it: this hop's own certificate,
  # and behind it in the same file its key.
  ${hopComment}SSLProxyMachineCertificateFile ${hop.certificate}

  ProxyRequests off
  ProxyPreserveHost off
  ProxyTimeout 30
  ProxyPass "/" "https://${upstreamHost(settings)}/"
</VirtualHost>
`
}
