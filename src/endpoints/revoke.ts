import { err, ok, type Result } from '../encoding/result.ts'
import { type PresentedToken, readPresentedToken } from '../issued-tokens/presented-token.ts'
import { parameter } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { readAuthenticatedForm } from './authenticated-form.ts'
import type { IssuedTokensEndpoint } from './introspect.ts'

/** What was revoked, for the log. */
export type Revoked = {
  readonly clientId: string
  /** Null where there was nothing to revoke: no token of ours, or one that is over. */
  readonly jti: string | null
}

/**
 * The way of a revocation request. `token_type_hint` decides nothing.
 * @throws StoreUnavailable where D1 did not answer: the caller has to try again (section 2.2.1)
 * @see RFC 7009 section 2
 */
export async function answerRevocation(
  endpoint: IssuedTokensEndpoint,
  context: RequestContext,
): Promise<Result<Revoked, Refusal>> {
  const sent = await readAuthenticatedForm(endpoint, context)
  if (!sent.ok) return sent
  const { client_id: clientId } = sent.value.client.client
  const text = parameter(sent.value.form, 'token')
  if (text === undefined) return err({ code: 'token_missing' })
  const presented = await readPresentedToken(text)
  // Section 2.2: an invalid token is answered as one that was revoked.
  if (presented === null) return ok({ clientId, jti: null })
  return revoke(presented, clientId, endpoint, context)
}

async function revoke(
  { key, signed }: PresentedToken,
  clientId: string,
  { keys, tokens, verifyJwt }: IssuedTokensEndpoint,
  context: RequestContext,
): Promise<Result<Revoked, Refusal>> {
  if (key.format === 'opaque') {
    const { foreign, jti } = await tokens.revokeOpaque(key.sha256, clientId)
    return foreign ? err({ code: 'token_of_another_client', clientId }) : ok({ clientId, jti })
  }
  // A token of a key that this isolate has not met must not be taken for none.
  const keyring = await keys.holding(key.kid, context)
  const token = signed === null ? null : await verifyJwt(signed, keyring, context.now)
  if (token === null) return ok({ clientId, jti: null })
  // Section 2.1: only whom it was issued to may revoke it.
  if (token.clientId !== clientId) return err({ code: 'token_of_another_client', clientId })
  await tokens.revokeJwt({ jti: token.id, clientId, exp: token.expiresAt }, context.now)
  return ok({ clientId, jti: token.id })
}
