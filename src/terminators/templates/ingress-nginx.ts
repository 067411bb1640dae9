import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, upstreamHost } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** The ingress-nginx controller of Kubernetes, as manifests. */
export const ingressNginx: ProxyTemplate = {
  name: 'ingress-nginx',
  title: 'ingress-nginx',
  source: 'ingress-nginx',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'refused by nginx: it answers 400',
  verified: 'not verified here',
  namesHeader: false,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, credential } = settings
  const strip = knownCertificateHeaders
    .filter((name) => name.toLowerCase() !== 'ssl-client-cert')
    .map((name) => `      proxy_set_header ${name} "";`)
  return `# The controller needs allow-snippet-annotations: "true" and annotations-risk-level: Critical. Its
# proxy-set-headers would do without, but sends the credential to every backend of the cluster.
# Keep enable-underscores-in-headers: "false", ssl-session-tickets: "false" and
# ssl-session-cache: "false" in the controller's ConfigMap: a resumed session brings the certificate
# of an earlier handshake (CVE-2025-23419).
# Secrets to make before: certbound-tls (tls.crt, tls.key: the certificate of ${publicHost}),
# certbound-partner-cas (ca.crt: any CA; nginx wants one, and its verdict counts for nothing),
# certbound-hop (ca.crt: the CAs of the Worker's certificate; and, with PROXY_CERTIFICATES, tls.crt
# and tls.key: this hop's own certificate).
apiVersion: v1
kind: Service
metadata: { name: certbound-worker }
spec:
  type: ExternalName
  externalName: ${upstream.host}
  ports: [{ port: ${upstream.port} }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: certbound
  annotations:
    # Every partner is asked for a certificate and any is let in: the Worker decides.
    nginx.ingress.kubernetes.io/auth-tls-secret: default/certbound-partner-cas
    nginx.ingress.kubernetes.io/auth-tls-verify-client: optional_no_ca
    nginx.ingress.kubernetes.io/auth-tls-pass-certificate-to-upstream: "true"
    nginx.ingress.kubernetes.io/proxy-body-size: 64k
    # The Worker's certificate is verified: credential and certificate go to nobody else.
    nginx.ingress.kubernetes.io/backend-protocol: HTTPS
    nginx.ingress.kubernetes.io/upstream-vhost: ${upstreamHost(settings)}
    nginx.ingress.kubernetes.io/proxy-ssl-secret: default/certbound-hop
    nginx.ingress.kubernetes.io/proxy-ssl-verify: "on"
    nginx.ingress.kubernetes.io/proxy-ssl-verify-depth: "4"
    nginx.ingress.kubernetes.io/proxy-ssl-server-name: "on"
    nginx.ingress.kubernetes.io/proxy-ssl-name: ${upstream.host}
    nginx.ingress.kubernetes.io/configuration-snippet: |
      proxy_set_header ${credential.header} "${credentialValue(credential)}";
${strip.join('\n')}
spec:
  ingressClassName: nginx
  tls: [{ hosts: [${publicHost}], secretName: certbound-tls }]
  rules:
  - host: ${publicHost}
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: { service: { name: certbound-worker, port: { number: ${upstream.port} } } }
`
}
