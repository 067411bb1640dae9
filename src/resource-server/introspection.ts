import { err, ok, type Result } from '../encoding/result.ts'
import { type Fetcher, fetchJson } from './fetch-json.ts'
import { isHttps } from './issuer-documents.ts'
import type { RevocationCheck } from './options.ts'

/** How to ask the authorization server about tokens. */
export type IntrospectionOptions = {
  /** Its introspection endpoint, at the host that asks for certificates. */
  readonly endpoint: string
  /** The client_id under which this API is registered, and may introspect. */
  readonly clientId: string
  /** A fetch that shows this API's own client certificate: an mTLS binding's, an agent's. */
  readonly fetch: Fetcher
  /**
   * For how many tokens of callers without a good one lately it asks in ten seconds; beyond that such a
   * caller gets 503. Default 100.
   */
  readonly strangers?: number
}

/** In ten seconds. */
export const usualStrangers = 100

/** In octets. */
const maxAnswer = 65_536

type Answer = { readonly active: boolean } & Readonly<Record<string, unknown>>

/** What is wrong with the options, or null. */
export function introspectionProblem({
  endpoint,
  clientId,
  strangers = usualStrangers,
}: IntrospectionOptions): string | null {
  if (!Number.isSafeInteger(strangers) || strangers < 1) {
    return 'introspection.strangers: want a whole number from 1 on'
  }
  return isHttps(endpoint) && typeof clientId === 'string' && clientId !== ''
    ? null
    : 'introspection: want an endpoint with https, and a clientId'
}

/** Asks about a token (RFC 7662 section 2); the error is in words. */
export async function introspect(
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
