import { authorizationScheme } from '../oauth/client-credentials.ts'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'

/** An answer before it becomes a response: what every answer carries is added in one place. */
export type Reply = {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** RFC 6749 section 5.1: nobody keeps a copy of a token, nor of a refusal. */
const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' }
const json = { 'content-type': 'application/json' }
const uncachedJson = { ...json, ...uncached }

/** A JSON answer that is for this caller alone. */
export const privateJson = (body: unknown): Reply => ({
  status: 200,
  body: JSON.stringify(body),
  headers: uncachedJson,
})

/** An answer of another media type that is for this caller alone. */
export const privateText = (body: string, contentType: string): Reply => ({
  ...{ status: 200, body },
  headers: { ...uncached, 'content-type': contentType },
})

/** A JSON document that anyone may keep for a while (seconds). */
export const publicJson = (body: unknown, maxAge: number): Reply => ({
  ...{ status: 200, body: JSON.stringify(body) },
  headers: { ...json, 'cache-control': `public, max-age=${maxAge}` },
})

/** A refusal as the caller gets it (RFC 6749 section 5.2), with the id by which the log names it. */
export function refuse(refusal: Refusal, request: Request, requestId: string): Reply {
  const { status, error, description, headers } = toWire(refusal)
  const body = { error, error_description: description, request_id: requestId }
  const authorization = status === 401 ? request.headers.get('authorization') : null
  const challenge = authorization === null ? {} : { 'www-authenticate': challengeTo(authorization) }
  return {
    ...{ status, body: JSON.stringify(body) },
    headers: { ...uncachedJson, ...headers, ...challenge },
  }
}

/** RFC 6749 section 5.2: the challenge matches the scheme that the client used. */
const challengeTo = (authorization: string): string =>
  `${authorizationScheme(authorization) === 'bearer' ? 'Bearer' : 'Basic'} realm="certbound"`

/** The response of a reply. Its headers are set at once: each one that is changed later costs more. */
export const toResponse = ({ status, body, headers }: Reply, requestId: string): Response =>
  new Response(body, {
    status,
    headers: { ...headers, 'x-request-id': requestId, 'x-content-type-options': 'nosniff' },
  })
