import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, upstreamHost } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Traefik, as a file of dynamic configuration. */
export const traefik: ProxyTemplate = {
  name: 'traefik',
  title: 'Traefik 2 or 3',
  source: 'traefik',
  chain: 'yes',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  verified: 'recorded values',
  namesHeader: false,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { publicHost, files, credential } = settings
  const strip = knownCertificateHeaders.map((name) => `          ${name}: ""`)
  const transport = [
    ...(files.upstreamCas === null ? [] : [`      rootCAs: [${files.upstreamCas}]`]),
    files.hop === null
      ? "      # With PROXY_CERTIFICATES: certificates: [{ certFile: ..., keyFile: ... }], this hop's own."
      : `      certificates: [{ certFile: ${files.hop.certificate}, keyFile: ${files.hop.key} }]`,
  ]
  return `# Dynamic configuration (providers.file). The static one has the entry point:
#   entryPoints: { certbound: { address: "${settings.listen.address ?? ''}:${settings.listen.port}" } }
# and must NOT have forwardedHeaders.insecure or trustedIPs on it: they pass a forged certificate on.
http:
  routers:
    certbound:
      rule: Host(\`${publicHost}\`)
      entryPoints: [certbound]
      service: certbound
      # In this order: passTLSClientCert sets the header, and does not remove it where there is no
      # certificate.
      middlewares: [certbound-strip, certbound-certificate, certbound-credential, certbound-body]
      # Options belong to the host: a second router of it with others gets both the default ones.
      tls: { options: certbound }
  middlewares:
    certbound-strip:
      headers:
        customRequestHeaders:
${strip.join('\n')}
    certbound-certificate:
      passTLSClientCert: { pem: true }
    certbound-credential:
      headers:
        customRequestHeaders:
          ${credential.header}: "${credentialValue(credential)}"
    certbound-body:
      buffering: { maxRequestBodyBytes: 65536 }
  services:
    certbound:
      loadBalancer:
        passHostHeader: false
        serversTransport: certbound
        servers: [{ url: "https://${upstreamHost(settings)}" }]
  serversTransports:
    # The Worker's certificate is verified: credential and certificate go to nobody else.
    certbound:
      serverName: ${settings.upstream.host}
${transport.join('\n')}
tls:
  certificates: [{ certFile: ${files.certificate}, keyFile: ${files.key} }]
  options:
    certbound:
      minVersion: VersionTLS12
      # Whoever names another host in the handshake gets none.
      sniStrict: true
      # Every partner is asked for a certificate and any is let in: the Worker decides.
      clientAuth: { clientAuthType: RequestClientCert }
      # From version 3.4: a resumed session brings the certificate of an earlier handshake.
      disableSessionTickets: true
`
}
