import type { ProxyRefusal } from '../oauth/refusal.ts'
import type { TokenRefusal } from '../tokens/token-refusal.ts'
import type { BindingRefusal, BoundTokenRefusal } from './refusal.ts'

/** The error codes of RFC 6750 section 3.1, and two more for cases that it does not cover. */
type ErrorResponse = {
  readonly status: 400 | 401 | 403 | 425 | 503
  readonly error:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'too_early'
    | 'temporarily_unavailable'
    | null
  readonly description: string
  readonly scope?: string
  readonly retryAfter?: number
}

/** One text for every problem of a token or its certificate. Only the log says which one it was. */
const invalidToken: ErrorResponse = {
  status: 401,
  error: 'invalid_token',
  description:
    'the access token is malformed, expired, revoked, not for this API, or not bound to the client ' +
    'certificate of this connection',
}

const invalidRequest = (description: string): ErrorResponse => ({
  status: 400,
  error: 'invalid_request',
  description,
})

const unavailable: ErrorResponse = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'access tokens cannot be verified now, try again later',
  retryAfter: 5,
}

/** RFC 6750 section 3: a request without credentials gets no error code. */
const missing: ErrorResponse = {
  status: 401,
  error: null,
  description: 'an access token is required',
}

function errorResponse(refusal: BoundTokenRefusal): ErrorResponse {
  switch (refusal.code) {
    case 'token_missing':
      return missing
    case 'authorization_malformed':
      return invalidRequest('the Authorization header does not hold one bearer token')
    case 'token_in_query':
    case 'token_in_body':
      return invalidRequest('an access token is taken from the Authorization header only')
    case 'too_early':
      // RFC 8470 section 5.2: the client retries after the handshake.
      return { status: 425, error: 'too_early', description: 'not in early data' }
    case 'scope_insufficient':
      return {
        status: 403,
        error: 'insufficient_scope',
        description: 'the access token does not cover this request',
        scope: refusal.required.join(' '),
      }
    case 'keys_unavailable':
    case 'revocation_unavailable':
    case 'introspection_unavailable':
      return unavailable
  }
  // RFC 8705 section 3: also if the certificate does not match. The type of the rest is checked, so that
  // a new kind of refusal needs a case above.
  refusal satisfies TokenRefusal | BindingRefusal | ProxyRefusal | { code: 'token_revoked' }
  return invalidToken
}

/**
 * Makes the response to a refused request: status, challenge and body (RFC 6750 section 3).
 * @returns a new response each time, with `no-store`
 */
export function refusalResponse(refusal: BoundTokenRefusal): Response {
  const { status, error, description, scope, retryAfter } = errorResponse(refusal)
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (status === 400 || status === 401 || status === 403) {
    headers.set('www-authenticate', challenge(error, description, scope))
  }
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
  const body = error === null ? {} : { error, error_description: description }
  return Response.json(body, { status, headers })
}

/** RFC 6750 section 3: a challenge needs at least one parameter: the realm. No value needs escaping. */
function challenge(error: string | null, description: string, scope: string | undefined): string {
  const base = 'Bearer realm="api"'
  if (error === null) return base
  const scopePart = scope === undefined ? '' : `, scope="${scope}"`
  return `${base}, error="${error}", error_description="${description}"${scopePart}`
}
