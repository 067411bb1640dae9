import { authorizationScheme } from '../oauth/presented-credentials.ts'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'

/** An answer before it becomes a response. */
export type Reply = {
  readonly status: number
  readonly body: string
  /** Those of other replies as well: only {@link toResponse} may set any, and copies them at once. */
  readonly headers: Headers
}

const json = { 'content-type': 'application/json' }
/** RFC 6749 section 5.1: nobody keeps a copy of a token, nor of a refusal. */
const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What every answer carries, and these. */
const headersOf = (fields: Readonly<Record<string, string>>): Headers =>
  new Headers({ ...fields, 'x-content-type-options': 'nosniff' })

const privateHeaders = headersOf({ ...json, ...uncached })

/** A JSON answer that is for this caller alone. */
export const privateJson = (body: unknown): Reply => ({
  status: 200,
  body: JSON.stringify(body),
  headers: privateHeaders,
})

/** An answer that is for this caller alone, and of the media type that it asked for. */
export const negotiated = (body: string, contentType: string): Reply => ({
  ...{ status: 200, body },
  headers: headersOf({ ...uncached, 'content-type': contentType, vary: 'Accept' }),
})

/** A JSON document that anyone may keep for a while (seconds). */
export const publicJson = (body: unknown, maxAge: number): Reply => ({
  ...{ status: 200, body: JSON.stringify(body) },
  headers: headersOf({ ...json, 'cache-control': `public, max-age=${maxAge}` }),
})

/** A refusal as the caller gets it (RFC 6749 section 5.2), with the id by which the log names it. */
export function refuse(refusal: Refusal, sent: Headers, requestId: string): Reply {
  const { status, error, description, headers } = toWire(refusal)
  const body = { error, error_description: description, request_id: requestId }
  const authorization = status === 401 ? sent.get('authorization') : null
  const challenge = authorization === null ? {} : { 'www-authenticate': challengeTo(authorization) }
  return {
    ...{ status, body: JSON.stringify(body) },
    headers: headersOf({ ...json, ...uncached, ...headers, ...challenge }),
  }
}

/** RFC 6749 section 5.2: the challenge matches the scheme that the client used. */
const challengeTo = (authorization: string): string =>
  `${authorizationScheme(authorization) === 'bearer' ? 'Bearer' : 'Basic'} realm="certbound"`

/**
 * The response of a reply. It takes a copy of the headers: they cost more than the rest of a response,
 * and half of that where they need not be made anew.
 */
export function toResponse({ status, body, headers }: Reply, requestId: string): Response {
  headers.set('x-request-id', requestId)
  return new Response(body, { status, headers })
}
