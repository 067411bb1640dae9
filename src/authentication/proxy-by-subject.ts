import { edgeCertificate } from '../certificate/cloudflare.ts'
import { parseRegistration, type Registration } from '../clients/registration.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ClientCertificateRefusal, ProxyRefusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { type AuthenticationStores, authenticateByMethod } from './authenticate-client.ts'

/** The name under which the proxy stands among clients: it never leaves this isolate and its logs. */
const proxyId = 'proxy'

/**
 * The proxy as a client of the PKI method, so that its certificate is judged as a partner's is.
 * @throws TypeError where the configuration's parser let through what no registration can be
 */
export function proxyRegistration(trustAnchorSet: string, subjectDn: string): Registration {
  const registration = parseRegistration({
    client_id: proxyId,
    token_endpoint_auth_method: 'tls_client_auth',
    trust_anchor_set: trustAnchorSet,
    tls_client_auth_subject_dn: subjectDn,
    resources: ['urn:certbound:proxy'], // A registration wants one; nothing is ever issued for it.
  })
  if (registration.ok) return registration.value
  throw new TypeError(`the proxy: ${registration.error.join('; ')}`)
}

/**
 * Authenticates the hop by the certificate that it shows at our edge: a path to the anchors of the
 * configured set, CRLs included, and the configured subject.
 * @param stores hold the proxy's registration and no client's
 * @throws StoreUnavailable where the set cannot be known
 */
export async function proxyBySubject(
  context: Pick<RequestContext, 'now' | 'defer' | 'cf'>,
  stores: AuthenticationStores,
): Promise<Result<null, ProxyRefusal>> {
  const presented = edgeCertificate(context.cf)
  if (!presented.ok) return err(refused(presented.error))
  const { value } = presented
  if (value.kind === 'none') return err(refusal('certificate_missing', null))
  const found = await stores.clients.find(proxyId, context)
  // A set that is not there has no anchors: nobody can be vouched for.
  if (!found.ok) return err(refusal('certificate_wrong', null))
  const outcome = await authenticateByMethod(found.value, value, stores, context)
  return outcome.ok ? ok(null) : err(refused(outcome.error))
}

const refusal = (why: ProxyRefusal['why'], thumbprint: string | null): ProxyRefusal => ({
  code: 'proxy_unauthenticated',
  why,
  thumbprint,
  refusal: null,
})

const refused = (refused: ClientCertificateRefusal): ProxyRefusal => ({
  ...refusal('certificate_refused', 'thumbprint' in refused ? refused.thumbprint : null),
  refusal: refused,
})
