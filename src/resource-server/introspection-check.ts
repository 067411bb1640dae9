import type { Fetcher } from './fetch-json.ts'
import { fetchJson } from './fetch-json.ts'
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
}

/** In octets. */
const maxAnswer = 65_536

/**
 * A revocation check by introspection (RFC 7662): every request asks, and a revocation shows at once.
 * @throws TypeError where the options are not sound
 */
export function introspectionCheck(options: IntrospectionOptions): RevocationCheck {
  const { endpoint, clientId, fetch } = options
  if (!isHttps(endpoint)) throw new TypeError('introspectionCheck: endpoint: want an https URL')
  return async (_, text) => {
    const body = new URLSearchParams({
      ...{ token: text, token_type_hint: 'access_token', client_id: clientId },
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await fetchJson(fetch, endpoint, maxAnswer, { method: 'POST', body, headers })
    if (!answer.ok) throw new Error(answer.error)
    const { document } = answer.value
    // RFC 7662 section 2.2: a boolean, required.
    const active = typeof document === 'object' && document !== null && 'active' in document
    if (!active || typeof document.active !== 'boolean') throw new Error(`${endpoint}: no answer`)
    return document.active
  }
}
