import type { Result } from '../../../src/resource-server/index.ts'
import { callerHeader } from './caller-header.ts'

/** Why a request is not forwarded. */
export type Unforwardable = {
  readonly code: 'method_not_forwarded' | 'upgrade' | 'path_climbs' | 'body_unexpected'
  readonly status: 400 | 405
  readonly description: string
}

/**
 * Makes the request to the origin: with the same method, path, query, headers and body, but without the
 * access token, and without any header that could be mistaken for the gateway's own statement.
 * @param origin scheme and host, and optionally a path that comes before the request's path
 */
export async function requestToOrigin(
  request: Request,
  origin: URL,
): Promise<Result<Request, Unforwardable>> {
  const { pathname, search } = new URL(request.url)
  const unforwardable = notForwarded(request, pathname)
  if (unforwardable !== null) return { ok: false, error: unforwardable }
  const hasNoBody = request.method === 'GET' || request.method === 'HEAD'
  if (hasNoBody && (await hasContent(request.body))) return { ok: false, error: bodyUnexpected }
  // Set the parts of the URL: as a relative reference `//elsewhere.example` would name another host.
  const url = new URL(origin)
  url.pathname = `${origin.pathname.replace(/\/$/, '')}${pathname}`
  url.search = search
  const value = new Request(url, {
    method: request.method,
    headers: forwardedHeaders(request.headers, hasNoBody),
    body: hasNoBody ? null : request.body,
    cache: 'no-store', // The response to one partner must not be sent to another.
    redirect: 'manual', // Following a redirect here would send the statement to another host.
  })
  return { ok: true, value }
}

function forwardedHeaders(from: Headers, hasNoBody: boolean): Headers {
  const headers = new Headers(from)
  // Some servers treat `certbound_caller` and `certbound-caller` as the same header.
  for (const name of [...headers.keys()]) {
    if (name.replaceAll('_', '-') === callerHeader) headers.delete(name)
  }
  headers.delete('authorization') // The origin needs the claims, not the token.
  if (hasNoBody) headers.delete('content-length')
  return headers
}

const bodyUnexpected: Unforwardable = {
  code: 'body_unexpected',
  status: 400,
  description: 'a GET or HEAD request has no body here',
}

function notForwarded({ method, headers }: Request, path: string): Unforwardable | null {
  if (method === 'TRACE' || method === 'CONNECT') {
    // RFC 9110 section 9.3.8: the origin would send the statement back to the caller.
    const description = `${method} is not forwarded`
    return { code: 'method_not_forwarded', status: 405, description }
  }
  if (headers.has('upgrade')) {
    // A connection that stays open would outlive the token that opened it.
    return { code: 'upgrade', status: 400, description: 'WebSockets are not supported' }
  }
  return hasParentSegment(path)
    ? { code: 'path_climbs', status: 400, description: 'the path contains `..`' }
    : null
}

/** Attack: `/..%2fadmin`. URL does not resolve it, but an origin may decode it first. */
function hasParentSegment(path: string): boolean {
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c|\\/gi, '/')
  return decoded.split('/').some((segment) => segment === '..' || segment.startsWith('..;'))
}

/** RFC 9110 section 9.3.1: content in a GET has no meaning. An empty body counts as none. */
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
