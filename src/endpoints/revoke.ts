import { err, ok, type Result } from '../encoding/result.ts'
import { type PresentedToken, readPresentedToken } from '../issued-tokens/presented-token.ts'
import { parameter } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { readAuthenticatedForm } from './authenticated-form.ts'
import type { IssuedTokenServices } from './introspect.ts'
import { type Endpoint, privateJson } from './reply.ts'

/**
 * `POST /revoke`. `token_type_hint` is ignored: the token itself shows its format.
 * @throws StoreUnavailable if D1 did not answer: the client has to try again (section 2.2.1)
 * @see RFC 7009 section 2
 */
export const revocationEndpoint =
  (services: IssuedTokenServices): Endpoint =>
  async (context) => {
    const sent = await readAuthenticatedForm(services, context)
    if (!sent.ok) return sent
    const { client_id: clientId } = sent.value.client.client
    const text = parameter(sent.value.form, 'token')
    if (text === undefined) return err({ code: 'token_missing' })
    const presented = await readPresentedToken(text)
    const jti = presented === null ? ok(null) : await revoke(presented, clientId, services, context)
    if (!jti.ok) return jti
    // Section 2.2: the status is the answer, also for an invalid token.
    return ok(privateJson({}, { code: 'token_revoked', client_id: clientId, jti: jti.value }))
  }

/** @returns the `jti` of the revoked token; null if there was none of this server, or an expired one */
async function revoke(
  { key, signed }: PresentedToken,
  clientId: string,
  { keys, tokens, verifyJwt }: IssuedTokenServices,
  context: RequestContext,
): Promise<Result<string | null, Refusal>> {
  if (key.format === 'opaque') {
    const { foreign, jti } = await tokens.revokeOpaque(key.sha256, clientId)
    return foreign ? err({ code: 'token_of_another_client', clientId }) : ok(jti)
  }
  // The key may be newer than this isolate's copy of the keys: `holding` reads it.
  const keyring = await keys.including(key.kid, context)
  const token = signed === null ? null : await verifyJwt(signed, keyring, context.now)
  if (token === null) return ok(null)
  // Section 2.1: only the client that the token was issued to may revoke it.
  if (token.clientId !== clientId) return err({ code: 'token_of_another_client', clientId })
  await tokens.revokeJwt({ jti: token.id, clientId, exp: token.expiresAt }, context.now)
  return ok(token.id)
}
