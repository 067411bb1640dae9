import { credentialValue, type ProxySettings } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Google Cloud's global external Application Load Balancer. */
export const gcp: ProxyTemplate = {
  name: 'gcp',
  title: 'Google Cloud external Application Load Balancer',
  source: 'gcp',
  chain: 'yes',
  selfSigned: 'refused',
  expired: 'arrives as no certificate',
  verified: 'not verified here',
  namesHeader: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, header, credential } = settings
  return `# 1. The Worker as a backend. With a host name as endpoint the balancer sends it as SNI; that it
# verifies the certificate is what its documentation says of such endpoints.
gcloud compute network-endpoint-groups create certbound-worker --global \\
  --network-endpoint-type=internet-fqdn-port --default-port=${upstream.port}
gcloud compute network-endpoint-groups update certbound-worker --global \\
  --add-endpoint='fqdn=${upstream.host},port=${upstream.port}'

# 2. The headers. The balancer replaces those of the same name that a client sends. The leaf is
# conveyed only where it passed the balancer's own validation: self-signed partners cannot be served.
gcloud compute backend-services create certbound --global --load-balancing-scheme=EXTERNAL_MANAGED \\
  --protocol=HTTPS --no-enable-cdn \\
  --custom-request-header='Host:${upstream.host}' \\
  --custom-request-header='${header}:{client_cert_leaf}' \\
  --custom-request-header='${header}-Chain:{client_cert_chain}' \\
  --custom-request-header='${credential.header}:${credentialValue(credential)}'
gcloud compute backend-services add-backend certbound --global \\
  --network-endpoint-group=certbound-worker --global-network-endpoint-group

# 3. Ask for certificates. REJECT_INVALID ends the handshake without a valid one; the other mode,
# ALLOW_INVALID_OR_MISSING_CLIENT_CERT, lets the request through without the leaf.
cat > certbound-mtls.yaml <<'YAML'
name: certbound-mtls
mtlsPolicy:
  clientValidationMode: REJECT_INVALID
  clientValidationTrustConfig: projects/PROJECT/locations/global/trustConfigs/TRUST_CONFIG
YAML
gcloud network-security server-tls-policies import certbound-mtls --location=global \\
  --source=certbound-mtls.yaml
gcloud compute target-https-proxies update TARGET_PROXY --global --server-tls-policy=certbound-mtls

# 4. The URL map: ${settings.publicHost} to this backend, and no other target proxy in front of it.
`
}
