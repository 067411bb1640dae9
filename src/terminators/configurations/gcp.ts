import type { ConfigurationValues } from '../terminator.ts'

/** Google Cloud's global external Application Load Balancer. */
export function gcp(values: ConfigurationValues): string {
  return `# 1. The Worker as a backend. The balancer sends the host name of the endpoint as SNI; according to its
# documentation it verifies the certificate of such endpoints.
gcloud compute network-endpoint-groups create certbound-worker --global \\
  --network-endpoint-type=internet-fqdn-port --default-port=${values.upstream.port}
gcloud compute network-endpoint-groups update certbound-worker --global \\
  --add-endpoint='fqdn=${values.upstream.host},port=${values.upstream.port}'

# 2. The headers. The balancer replaces headers of the same name that a client sends. It forwards the leaf
# only if it passed the balancer's own validation, so self-signed certificates cannot be used.
gcloud compute backend-services create certbound --global --load-balancing-scheme=EXTERNAL_MANAGED \\
  --protocol=HTTPS --no-enable-cdn \\
  --custom-request-header='Host:${values.upstream.host}' \\
  --custom-request-header='${values.header}:{client_cert_leaf}' \\
  --custom-request-header='${values.header}-Chain:{client_cert_chain}' \\
  --custom-request-header='${values.credential.header}:${values.credentialValue}'
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

# 4. The URL map: ${values.publicHost} to this backend, and no other target proxy in front of it.
`
}
