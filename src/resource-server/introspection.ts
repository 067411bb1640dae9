import { err, ok, type Result } from '../encoding/result.ts'
import { maxTokenLength } from '../tokens/token-header.ts'
import { excerpt, type TokenRefusal } from '../tokens/token-refusal.ts'
import { type Expected, readVerifiedClaims, type VerifiedToken } from '../tokens/verified-token.ts'
import { type Fetcher, fetchJson } from './fetch-json.ts'
import { isHttps } from './issuer-documents.ts'
import type { RevocationCheck } from './options.ts'
import type { UnavailableRefusal } from './refusal.ts'

/** How to ask the authorization server about tokens. */
export type IntrospectionOptions = {
  /** Its introspection endpoint, at the host that asks for certificates. */
  readonly endpoint: string
  /** The client_id under which this API is registered, and may introspect. */
  readonly clientId: string
  /** A fetch that shows this API's own client certificate: an mTLS binding's, an agent's. */
  readonly fetch: Fetcher
}

/** In octets. */
const maxAnswer = 65_536

type Answer = { readonly active: boolean } & Readonly<Record<string, unknown>>

/** What is wrong with the options, or null. */
export const introspectionProblem = ({
  endpoint,
  clientId,
}: IntrospectionOptions): string | null =>
  isHttps(endpoint) && typeof clientId === 'string' && clientId !== ''
    ? null
    : 'introspection: want an endpoint with https, and a clientId'

/** Asks about a token (RFC 7662 section 2); the error is in words. */
async function introspect(
  text: string,
  { endpoint, clientId, fetch }: IntrospectionOptions,
): Promise<Result<Answer, string>> {
  const form = { token: text, token_type_hint: 'access_token', client_id: clientId }
  const answer = await fetchJson(fetch, endpoint, maxAnswer, {
    ...{ method: 'POST', body: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  if (!answer.ok) return answer
  const { document } = answer.value
  // Section 2.2: `active` is required, and a boolean.
  return isAnswer(document) ? ok(document) : err(`${endpoint}: no answer`)
}

const isAnswer = (document: unknown): document is Answer =>
  typeof document === 'object' &&
  document !== null &&
  'active' in document &&
  typeof document.active === 'boolean'

/**
 * A revocation check by introspection: every request asks, and a revocation shows at once.
 * @throws TypeError where the options are not sound
 */
export function introspectionCheck(options: IntrospectionOptions): RevocationCheck {
  const problem = introspectionProblem(options)
  if (problem !== null) throw new TypeError(problem)
  return async (_, text) => {
    const answer = await introspect(text, options)
    if (!answer.ok) throw new Error(answer.error)
    return answer.value.active
  }
}

/**
 * Reads a token of any kind by asking the server that issued it. The answer is held to what a token
 * would be held to: issuer, audience, times and confirmation.
 * @param now seconds since the epoch
 */
export async function introspectedToken(
  text: string,
  options: IntrospectionOptions,
  expected: Expected,
  now: number,
): Promise<Result<VerifiedToken, TokenRefusal | UnavailableRefusal>> {
  if (text.length > maxTokenLength) return err({ code: 'token_too_large', limit: maxTokenLength })
  const answer = await introspect(text, options)
  if (!answer.ok) return err({ code: 'introspection_unavailable', problem: answer.error })
  const { active, ...claims } = answer.value
  if (!active) return err({ code: 'token_inactive' })
  const kind = otherKind(claims)
  return kind === null ? readVerifiedClaims(claims, expected, now) : err(kind)
}

/** Members that tell what kind of token it is, and what they hold for an access token, in lower case. */
const kinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['token_type', ['bearer']], // RFC 7662 section 2.2, RFC 6749 section 7.1
  // RFC 9068 section 2.1, and what servers write that have ID and refresh tokens at the same endpoint.
  ['typ', ['at+jwt', 'application/at+jwt', 'bearer']],
  ['token_use', ['access_token', 'access']],
])

/** Null where it is an access token, as far as the server says. */
function otherKind(claims: Readonly<Record<string, unknown>>): TokenRefusal | null {
  for (const [member, usual] of kinds) {
    const said = claims[member]
    if (said === undefined) continue
    if (typeof said !== 'string' || !usual.includes(said.toLowerCase())) {
      return { code: 'token_type', type: excerpt(said) }
    }
  }
  return null
}
