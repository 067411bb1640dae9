import { authorizationScheme } from '../oauth/client-credentials.ts'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'

/** RFC 6749 section 5.1: nobody keeps a copy of a token, nor of a refusal. */
const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** A JSON answer that is for this caller alone. */
export const privateJson = (body: unknown): Response => Response.json(body, { headers: uncached })

/** An answer of another media type that is for this caller alone. */
export const privateText = (body: string, contentType: string): Response =>
  new Response(body, { headers: { ...uncached, 'content-type': contentType } })

/** A JSON document that anyone may keep for a while (seconds). */
export const publicJson = (body: unknown, maxAge: number): Response =>
  Response.json(body, { headers: { 'cache-control': `public, max-age=${maxAge}` } })

/** A refusal as the caller gets it (RFC 6749 section 5.2), with the id by which the log names it. */
export function refuse(refusal: Refusal, request: Request, requestId: string): Response {
  const { status, error, description, headers } = toWire(refusal)
  const body = { error, error_description: description, request_id: requestId }
  const response = Response.json(body, { status, headers: { ...uncached, ...headers } })
  const authorization = request.headers.get('authorization')
  if (status === 401 && authorization !== null) {
    // Section 5.2: the challenge matches the scheme that the client used.
    const scheme = authorizationScheme(authorization) === 'bearer' ? 'Bearer' : 'Basic'
    response.headers.set('www-authenticate', `${scheme} realm="certbound"`)
  }
  return response
}
