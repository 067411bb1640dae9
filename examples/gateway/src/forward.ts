import type { Result } from '../../../src/resource-server/index.ts'
import { callerHeader } from './caller-header.ts'

/** Why a request is not one to forward. */
export type Unforwardable = {
  readonly code: 'method_not_forwarded' | 'upgrade' | 'path_climbs' | 'body_unexpected'
  readonly status: 400 | 405
  readonly description: string
}

/**
 * The request as the origin is to get it: the same method, path, query, headers and body, at the
 * origin, without the access token, and without anything that could be taken for our own statement.
 * @param origin scheme and host, and a path in front of the request's where it has one
 */
export async function towardsOrigin(
  request: Request,
  origin: URL,
): Promise<Result<Request, Unforwardable>> {
  const { pathname, search } = new URL(request.url)
  const unforwardable = notForwarded(request, pathname)
  if (unforwardable !== null) return { ok: false, error: unforwardable }
  const bodiless = request.method === 'GET' || request.method === 'HEAD'
  if (bodiless && (await hasContent(request.body))) return { ok: false, error: bodyUnexpected }
  // By its parts: resolved as a reference, a path such as `//elsewhere.example` would name a host.
  const url = new URL(origin)
  url.pathname = `${origin.pathname.replace(/\/$/, '')}${pathname}`
  url.search = search
  const value = new Request(url, {
    method: request.method,
    headers: forwardedHeaders(request.headers, bodiless),
    body: bodiless ? null : request.body,
    cache: 'no-store', // What one partner was answered is not for the next one.
    redirect: 'manual', // A redirect is the caller's to follow: it would carry our statement elsewhere.
  })
  return { ok: true, value }
}

function forwardedHeaders(from: Headers, bodiless: boolean): Headers {
  const headers = new Headers(from)
  // Some servers cannot tell `certbound_caller` from `certbound-caller`.
  for (const name of [...headers.keys()]) {
    if (name.replaceAll('_', '-') === callerHeader) headers.delete(name)
  }
  headers.delete('authorization') // The origin needs the claims, not the token.
  if (bodiless) headers.delete('content-length')
  return headers
}

const bodyUnexpected: Unforwardable = {
  ...{ code: 'body_unexpected', status: 400 },
  description: 'a GET or HEAD request has no body here',
}

function notForwarded({ method, headers }: Request, path: string): Unforwardable | null {
  if (method === 'TRACE' || method === 'CONNECT') {
    // RFC 9110 section 9.3.8: the origin would send back what we vouch with.
    const description = `${method} is not forwarded`
    return { code: 'method_not_forwarded', status: 405, description }
  }
  if (headers.has('upgrade')) {
    // A connection that stays open would outlive the token that opened it.
    return { code: 'upgrade', status: 400, description: 'there are no WebSockets here' }
  }
  return climbs(path)
    ? { code: 'path_climbs', status: 400, description: 'the path leads out of itself' }
    : null
}

/** What URL leaves alone, an origin may decode before it resolves: `/..%2fadmin`. */
function climbs(path: string): boolean {
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c|\\/gi, '/')
  return decoded.split('/').some((segment) => segment === '..' || segment.startsWith('..;'))
}

/** RFC 9110 section 9.3.1: content in a GET means nothing. A length of zero is none. */
async function hasContent(body: ReadableStream<Uint8Array> | null): Promise<boolean> {
  if (body === null) return false
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    if (read.value.length === 0) continue
    reader.cancel().catch(() => {})
    return true
  }
  return false
}
