import { ok, type Result } from '../encoding/result.ts'
import { grantFor } from '../grants/grants.ts'
import type { IssuedTokenStore } from '../issued-tokens/issued-token-store.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { Moment } from '../stores/moment.ts'
import { type FormEndpoint, readAuthenticatedForm } from './authenticated-form.ts'
import { type IssuedToken, issueToken } from './issue-token.ts'

/** What the token endpoint stands on. */
export type TokenEndpoint = FormEndpoint & {
  readonly issuer: string
  /** The longest life of a token, in seconds. */
  readonly tokenTtl: number
  readonly keys: SigningKeys
  /** Keeps what opaque tokens stand for. */
  readonly tokens: IssuedTokenStore
}

/**
 * The way of a token request, stage by stage; each stage takes what the one before it proved.
 * @param host of its URL
 * @throws StoreUnavailable where a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 8705 sections 2 and 3
 */
export async function answerTokenRequest(
  request: Request,
  host: string,
  endpoint: TokenEndpoint,
  moment: Moment,
): Promise<Result<IssuedToken, Refusal>> {
  const sent = await readAuthenticatedForm(request, host, endpoint, moment)
  if (!sent.ok) return sent
  const { client, form } = sent.value
  const grant = grantFor(client, form)
  if (!grant.ok) return grant
  const { signer } = await endpoint.keys.current(moment)
  return ok(await issueToken(client, grant.value, { ...endpoint, signer }, moment.now))
}
