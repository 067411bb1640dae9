import { err, ok, type Result } from '../encoding/result.ts'
import { type ActiveToken, activeToken, type Inactive } from '../issued-tokens/active-token.ts'
import type { IssuedTokenStore } from '../issued-tokens/d1-issued-tokens.ts'
import { type JwtVerifier, readPresentedToken } from '../issued-tokens/presented-token.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { parameter } from '../oauth/form.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { compactSigner, type Signer } from '../tokens/compact-jws.ts'
import { asksFor } from './accept.ts'
import { type FormServices, readFrequentForm } from './authenticated-form.ts'
import type { RateLimitExemptions } from './rate-limit-exemptions.ts'
import { type Endpoint, negotiated } from './reply.ts'

/** What introspection and revocation need. */
export type IssuedTokenServices = FormServices & {
  readonly issuer: string
  readonly keys: SigningKeys
  readonly tokens: IssuedTokenStore
  readonly rateLimitExemptions: RateLimitExemptions
  readonly verifyJwt: JwtVerifier
}

/** The media type of a signed answer (RFC 9701 section 10.3). */
const jwtType = 'application/token-introspection+jwt'

/**
 * `POST /introspect`, signed if the caller asks for it (RFC 9701 section 4). Everything that decides is
 * read from D1 in one batch after the caller was authenticated, so that a revocation and a withdrawn
 * permission take effect at once. `token_type_hint` is ignored: the token itself shows its format.
 * @throws StoreUnavailable if D1 did not answer: then no token is called active or inactive
 * @see RFC 7662 section 2
 */
export const introspectionEndpoint =
  (services: IssuedTokenServices): Endpoint =>
  async (context) => {
    const introspected = await introspect(services, context)
    if (!introspected.ok) return introspected
    const { clientId, token, signer } = introspected.value
    // RFC 7662 section 2.2: nothing more about a token that is not active.
    const body = token.ok ? token.value : { active: false }
    const signed = asksFor(jwtType, context.headers.get('accept'))
    const record = {
      code: 'token_introspected',
      client_id: clientId,
      active: token.ok,
      why: token.ok ? null : token.error,
      signed,
      jti: token.ok ? token.value.jti : null,
    }
    if (!signed) return ok(negotiated(JSON.stringify(body), 'application/json', record))
    // RFC 9701 section 5: without sub and exp of its own, so that it is no access token.
    const { issuer } = services
    const claims = { iss: issuer, aud: clientId, iat: context.now, token_introspection: body }
    return ok(negotiated(await signIntrospection(claims, signer), jwtType, record))
  }

const signIntrospection = compactSigner('token-introspection+jwt')

type Introspected = {
  /** The caller. */
  readonly clientId: string
  readonly token: Result<ActiveToken, Inactive>
  readonly signer: Signer
}

async function introspect(
  services: IssuedTokenServices,
  context: RequestContext,
): Promise<Result<Introspected, Refusal>> {
  const sent = await readFrequentForm(services, context)
  if (!sent.ok) return sent
  const { client_id: clientId } = sent.value.client.client
  const text = parameter(sent.value.form, 'token')
  if (text === undefined) return err({ code: 'token_missing' })
  const presented = await readPresentedToken(text)
  const status = await services.tokens.status(clientId, presented?.key ?? null)
  const { caller } = status
  if (caller === null) return err({ code: 'client_unknown', clientId })
  if (!caller.enabled) return err({ code: 'client_disabled', clientId })
  // RFC 7662 section 4: without a permission any client could scan for tokens.
  if (caller.introspectionResources.length === 0) {
    return err({ code: 'introspection_not_allowed', clientId })
  }
  const { issuer, keys, verifyJwt } = services
  const { now } = context
  // After `key revoke` another isolate may sign with a key that this one has not read yet.
  const kid = status.keyValid && presented?.key.format === 'jwt' ? presented.key.kid : null
  const keyring = await (kid === null ? keys.current(context) : keys.including(kid, context))
  const signed = presented?.signed
  const verified = signed ? await verifyJwt(signed, keyring, now) : null
  const foreign = presented === null || (signed && verified === null)
  const token = foreign
    ? err('not_a_token_of_ours' as const)
    : activeToken(verified, caller, status, { issuer, now })
  return ok({ clientId, token, signer: keyring.signer })
}
