import { callerHeader } from './caller-header.ts'

/**
 * The request as the origin is to get it: the same method, path, query, headers and body, at the
 * origin, without the access token, and without anything that could be taken for our own statement.
 * @param origin scheme and host, and a path in front of the request's where it has one
 */
export function towardsOrigin(request: Request, origin: URL): Request {
  const { pathname, search } = new URL(request.url)
  // By its parts: resolved as a reference, a path such as `//elsewhere.example` would name a host.
  const url = new URL(origin)
  url.pathname = `${origin.pathname.replace(/\/$/, '')}${pathname}`
  url.search = search
  const headers = new Headers(request.headers)
  // Some servers cannot tell `certbound_caller` from `certbound-caller`.
  for (const name of [...headers.keys()]) {
    if (name.replaceAll('_', '-') === callerHeader) headers.delete(name)
  }
  headers.delete('authorization') // The origin needs the claims, not the token.
  return new Request(url, {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual', // A redirect is the caller's to follow: it would carry our statement elsewhere.
  })
}
