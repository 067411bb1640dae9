import { tokenBinding } from '../authentication/token-binding.ts'
import { ok, type Result } from '../encoding/result.ts'
import { decideGrant } from '../grants/decide-grant.ts'
import type { IssuedTokenStore } from '../issued-tokens/issued-token-store.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
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
 * @throws StoreUnavailable where a store did not answer; SchemaMismatch, InvalidClientRow
 * @see RFC 6749 section 3.2, RFC 8705 sections 2 and 3
 */
export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  context: RequestContext,
): Promise<Result<IssuedToken, Refusal>> {
  const { asked, keys } = endpoint
  const sent = await readAuthenticatedForm(endpoint, context)
  if (!sent.ok) return sent
  const { client } = sent.value
  const binding = tokenBinding(client)
  if (!binding.ok) return binding
  const decided = decideGrant(sent.value, asked)
  const grant = decided instanceof Promise ? await decided : decided
  if (!grant.ok) return grant
  const { signer } = keys.remembered(context.now) ?? (await keys.current(context))
  return ok(await issueToken(client, grant.value, binding.value, endpoint, signer, context))
}
