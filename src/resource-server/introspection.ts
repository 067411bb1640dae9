import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { Fetcher } from '../outbound/fetch-outbound.ts'
import { fetchJson } from './fetch-json.ts'
import { isHttps } from './issuer-documents.ts'
import type { RevocationCheck } from './options.ts'

/** How to introspect tokens at the authorization server. */
export type IntrospectionOptions = {
  /** Its introspection endpoint, at the host that asks for certificates. */
  readonly endpoint: string
  /** The client_id of this API, which must be allowed to introspect. */
  readonly clientId: string
  /** A fetch that presents this API's own client certificate: of an mTLS binding or an agent. */
  readonly fetch: Fetcher
  /**
   * The limit for unknown callers: how many of their tokens are introspected in ten seconds. A caller is
   * known for an hour after its last valid token. Beyond the limit it gets 503. Default 100.
   */
  readonly strangers?: number
}

/** The default of `strangers`. */
export const defaultUnknownLimit = 100

/** In octets. */
const maxResponseSize = 65_536

type IntrospectionResponse = { readonly active: boolean } & Readonly<Record<string, unknown>>

/** The problem of the options, or null. */
export function introspectionProblem({
  endpoint,
  clientId,
  strangers = defaultUnknownLimit,
}: IntrospectionOptions): string | null {
  if (!Number.isSafeInteger(strangers) || strangers < 1) {
    return 'introspection.strangers: want a whole number of at least 1'
  }
  return isHttps(endpoint) && typeof clientId === 'string' && clientId !== ''
    ? null
    : 'introspection: want an endpoint with https, and a clientId'
}

/**
 * Introspects a token (RFC 7662 section 2).
 * @returns the response, or a sentence about the problem
 */
export async function introspect(
  text: string,
  { endpoint, clientId, fetch }: IntrospectionOptions,
): Promise<Result<IntrospectionResponse, string>> {
  const form = { token: text, token_type_hint: 'access_token', client_id: clientId }
  const fetched = await fetchJson(fetch, endpoint, maxResponseSize, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  if (!fetched.ok) return fetched
  const { document } = fetched.value
  return isResponse(document) ? ok(document) : err(`${endpoint}: not an introspection response`)
}

/** RFC 7662 section 2.2: `active` is required and a boolean. */
const isResponse = (document: unknown): document is IntrospectionResponse =>
  isRecord(document) && typeof document.active === 'boolean'

/**
 * Makes a revocation check by introspection. Each request is introspected, so a revocation has effect at
 * once.
 * @throws TypeError if the options are not valid
 */
export function introspectionCheck(options: IntrospectionOptions): RevocationCheck {
  const problem = introspectionProblem(options)
  if (problem !== null) throw new TypeError(problem)
  return async (_, text) => {
    const response = await introspect(text, options)
    if (!response.ok) throw new Error(response.error)
    return response.value.active
  }
}
