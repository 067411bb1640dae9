import type { ConfigurationValues } from '../terminator.ts'

/** The ingress-nginx controller of Kubernetes, as manifests. */
export function ingressNginx(values: ConfigurationValues): string {
  const strip = values.knownHeaders
    .filter((name) => name.toLowerCase() !== 'ssl-client-cert')
    .map((name) => `      proxy_set_header ${name} "";`)
  return `# The controller needs allow-snippet-annotations: "true" and annotations-risk-level: Critical. Its
# proxy-set-headers needs neither, but would send the credential to every backend of the cluster.
# Keep enable-underscores-in-headers: "false", ssl-session-tickets: "false" and
# ssl-session-cache: "false" in the controller's ConfigMap: a resumed session has the certificate
# of an earlier handshake (CVE-2025-23419).
# Create these secrets first: certbound-tls (tls.crt, tls.key: the certificate of ${values.publicHost}),
# certbound-partner-cas (ca.crt: any CA: nginx needs one, but its verdict is ignored),
# certbound-hop (ca.crt: the CAs of the Worker's certificate; and, with PROXY_CERTIFICATES, tls.crt
# and tls.key: this proxy's own certificate).
apiVersion: v1
kind: Service
metadata: { name: certbound-worker }
spec:
  type: ExternalName
  externalName: ${values.upstream.host}
  ports: [{ port: ${values.upstream.port} }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: certbound
  annotations:
    # Ask every client for a certificate and accept any: the Worker decides.
    nginx.ingress.kubernetes.io/auth-tls-secret: default/certbound-partner-cas
    nginx.ingress.kubernetes.io/auth-tls-verify-client: optional_no_ca
    nginx.ingress.kubernetes.io/auth-tls-pass-certificate-to-upstream: "true"
    nginx.ingress.kubernetes.io/proxy-body-size: 64k
    # The Worker's certificate is verified, so that only the Worker gets the secrets.
    nginx.ingress.kubernetes.io/backend-protocol: HTTPS
    nginx.ingress.kubernetes.io/upstream-vhost: ${values.upstreamHost}
    nginx.ingress.kubernetes.io/proxy-ssl-secret: default/certbound-hop
    nginx.ingress.kubernetes.io/proxy-ssl-verify: "on"
    nginx.ingress.kubernetes.io/proxy-ssl-verify-depth: "4"
    nginx.ingress.kubernetes.io/proxy-ssl-server-name: "on"
    nginx.ingress.kubernetes.io/proxy-ssl-name: ${values.upstream.host}
    nginx.ingress.kubernetes.io/configuration-snippet: |
      proxy_set_header ${values.credential.header} "${values.credentialValue}";
${strip.join('\n')}
spec:
  ingressClassName: nginx
  tls: [{ hosts: [${values.publicHost}], secretName: certbound-tls }]
  rules:
  - host: ${values.publicHost}
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: { service: { name: certbound-worker, port: { number: ${values.upstream.port} } } }
`
}
