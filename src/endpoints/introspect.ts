import { err, ok, type Result } from '../encoding/result.ts'
import { type ActiveToken, type Inactive, judgeToken } from '../issued-tokens/active-token.ts'
import type { IssuedTokenStore } from '../issued-tokens/issued-token-store.ts'
import { type jwtVerifier, readPresentedToken } from '../issued-tokens/presented-token.ts'
import type { Signer } from '../keys/keyring.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { parameter } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { type FormEndpoint, readFrequentForm } from './authenticated-form.ts'
import type { RateLimitExemptions } from './rate-limit-exemptions.ts'

/** What introspection and revocation stand on. */
export type IssuedTokensEndpoint = FormEndpoint & {
  readonly issuer: string
  readonly keys: SigningKeys
  readonly tokens: IssuedTokenStore
  /** APIs that introspect. */
  readonly frequent: RateLimitExemptions
  readonly verifyJwt: ReturnType<typeof jwtVerifier>
}

/** What the caller learns of a token, who asked, and what signs an answer in the form of RFC 9701. */
export type Introspected = {
  readonly clientId: string
  readonly body: ActiveToken | typeof inactive
  /** Why it is not active; null where it is. For the log. */
  readonly why: Inactive | null
  readonly signer: Signer
}

/** RFC 7662 section 2.2: nothing more of a token that is not active. */
const inactive = { active: false } as const

/**
 * The way of an introspection request. What decides is read from D1 once, after the caller is known:
 * a revocation, and a permission taken back, show at once. `token_type_hint` decides nothing.
 * @throws StoreUnavailable where D1 did not answer: nobody is told that a token is good, or is not
 * @see RFC 7662 section 2
 */
export async function answerIntrospection(
  endpoint: IssuedTokensEndpoint,
  context: RequestContext,
): Promise<Result<Introspected, Refusal>> {
  const sent = await readFrequentForm(endpoint, context)
  if (!sent.ok) return sent
  const { client_id: clientId } = sent.value.client.client
  const text = parameter(sent.value.form, 'token')
  if (text === undefined) return err({ code: 'token_missing' })
  const presented = await readPresentedToken(text)
  const standing = await endpoint.tokens.standing(clientId, presented?.key ?? null)
  const { caller } = standing
  if (caller === null) return err({ code: 'client_unknown', clientId })
  if (!caller.enabled) return err({ code: 'client_disabled', clientId })
  // RFC 7662 section 4: or anyone could try out tokens.
  if (caller.introspectionResources.length === 0) {
    return err({ code: 'introspection_not_allowed', clientId })
  }
  const { now } = context
  // After `key revoke` another isolate may have made and used a key that this one has not met.
  const kid = standing.keyStands && presented?.key.format === 'jwt' ? presented.key.kid : null
  const keyring = await (kid === null
    ? endpoint.keys.current(context)
    : endpoint.keys.holding(kid, context))
  const signed = presented?.signed
  const token = signed ? await endpoint.verifyJwt(signed, keyring, now) : null
  const judged =
    presented === null || (signed && token === null)
      ? err('not_a_token_of_ours' as const)
      : judgeToken(token, caller, standing, { issuer: endpoint.issuer, now })
  return ok({
    clientId,
    body: judged.ok ? judged.value : inactive,
    why: judged.ok ? null : judged.error,
    signer: keyring.signer,
  })
}
