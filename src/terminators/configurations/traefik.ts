import type { ConfigurationValues } from '../terminator.ts'

/** Traefik, as a file of dynamic configuration. */
export function traefik(values: ConfigurationValues): string {
  const strip = values.knownHeaders.map((name) => `          ${name}: ""`)
  const transport = [
    ...(values.files.upstreamCas === null ? [] : [`      rootCAs: [${values.files.upstreamCas}]`]),
    values.files.proxyCertificate === null
      ? "      # With PROXY_CERTIFICATES: certificates: [{ certFile: ..., keyFile: ... }], this proxy's own."
      : `      certificates: [{ certFile: ${values.files.proxyCertificate.certificate}, keyFile: ${values.files.proxyCertificate.key} }]`,
  ]
  return `# Dynamic configuration (providers.file). The static one has the entry point:
#   entryPoints: { certbound: { address: "${values.listen.address ?? ''}:${values.listen.port}" } }
# and must NOT have forwardedHeaders.insecure or trustedIPs: they forward a forged certificate.
http:
  routers:
    certbound:
      rule: Host(\`${values.publicHost}\`)
      entryPoints: [certbound]
      service: certbound
      # In this order: passTLSClientCert does not remove the header if there is no certificate.
      middlewares: [certbound-strip, certbound-certificate, certbound-credential, certbound-body]
      # Options apply to the host: if two routers of a host have different ones, both get the default.
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
          ${values.credential.header}: "${values.credentialValue}"
    certbound-body:
      buffering: { maxRequestBodyBytes: 65536 }
  services:
    certbound:
      loadBalancer:
        passHostHeader: false
        serversTransport: certbound
        servers: [{ url: "https://${values.upstreamHost}" }]
  serversTransports:
    # The Worker's certificate is verified, so that only the Worker gets the secrets.
    certbound:
      serverName: ${values.upstream.host}
${transport.join('\n')}
tls:
  certificates: [{ certFile: ${values.files.certificate}, keyFile: ${values.files.key} }]
  options:
    certbound:
      minVersion: VersionTLS12
      # Refuses handshakes with another host name.
      sniStrict: true
      # Ask every client for a certificate and accept any: the Worker decides.
      clientAuth: { clientAuthType: RequestClientCert }
      # From version 3.4: a resumed session has the certificate of an earlier handshake.
      disableSessionTickets: true
`
}
