import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantRefusal } from '../oauth/refusal.ts'
import { type CertificateConfirmation, certificateConfirmation } from '../tokens/confirmation.ts'
import type { AuthenticatedClient } from './authenticated-client.ts'

/**
 * What the tokens of a client are bound to: the certificate of this handshake. It does not depend on the
 * method that authenticated the client. A client that is registered for bound tokens gets no other.
 * @returns null for a client that is registered for unbound tokens
 * @see RFC 8705 section 3
 */
export function tokenBinding({
  client,
  proof: { certificate },
}: AuthenticatedClient): Result<CertificateConfirmation | null, GrantRefusal> {
  if (!client.tls_client_certificate_bound_access_tokens) return ok(null)
  return certificate === null
    ? err({ code: 'binding_certificate_missing', clientId: client.client_id })
    : ok(certificateConfirmation(certificate.thumbprint))
}
