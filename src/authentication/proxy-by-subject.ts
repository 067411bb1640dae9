import { edgeCertificate } from '../certificate/cloudflare.ts'
import { proxyRefusal } from '../certificate/proxy-authentication.ts'
import { parseRegistration, type Registration } from '../clients/registration.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ClientCertificateRefusal, ProxyRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { type AuthenticationStores, authenticateByMethod } from './authenticate-client.ts'

/** The client_id of the proxy's registration. Only this isolate and its log see it. */
const proxyId = 'proxy'

/**
 * The proxy as a client of the PKI method, so that its certificate is verified like a client's.
 * @throws TypeError for a subject that no registration can have, although the configuration accepted it
 */
export function proxyRegistration(trustAnchorSet: string, subjectDn: string): Registration {
  const registration = parseRegistration({
    client_id: proxyId,
    token_endpoint_auth_method: 'tls_client_auth',
    trust_anchor_set: trustAnchorSet,
    tls_client_auth_subject_dn: subjectDn,
    resources: ['urn:certbound:proxy'], // A registration needs one. No token is ever issued for it.
  })
  if (registration.ok) return registration.value
  throw new TypeError(`the proxy: ${registration.error.join('; ')}`)
}

/**
 * Authenticates the proxy by the certificate that it presents to the edge: a valid path to the trust
 * anchors of the configured set, CRLs included, and the configured subject.
 * @param stores with the proxy's registration only
 * @throws StoreUnavailable if the set cannot be read
 */
export async function proxyBySubject(
  context: Pick<RequestContext, 'now' | 'defer' | 'cf'>,
  stores: AuthenticationStores,
): Promise<Result<null, ProxyRefusal>> {
  const presented = edgeCertificate(context.cf)
  if (!presented.ok) return err(certificateRefused(presented.error))
  const { value } = presented
  if (value.kind === 'none') return err(proxyRefusal('certificate_missing'))
  const found = await stores.clients.load(proxyId, context)
  // A set that does not exist has no trust anchors.
  if (!found.ok) return err(proxyRefusal('certificate_wrong'))
  const outcome = await authenticateByMethod(found.value, value, stores, context)
  return outcome.ok ? ok(null) : err(certificateRefused(outcome.error))
}

const certificateRefused = (refusal: ClientCertificateRefusal): ProxyRefusal => ({
  ...proxyRefusal('certificate_refused', 'thumbprint' in refusal ? refusal.thumbprint : null),
  refusal,
})
