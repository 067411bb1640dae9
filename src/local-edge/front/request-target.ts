import type { IncomingMessage } from 'node:http'
import { err, ok, type Result } from '../../encoding/result.ts'
import { valuesOf } from './forwarded-headers.ts'

const reach = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * The absolute URL of a request, as text that goes on unchanged.
 * @returns the URL, or in words why the request cannot be one for this server
 */
export function requestTarget(request: IncomingMessage): Result<string, string> {
  const hosts = valuesOf(request.rawHeaders, 'host')
  const [host] = hosts
  // RFC 9112 section 3.2: exactly one Host that is an authority.
  if (host === undefined || hosts.length > 1) return err('want exactly one Host header')
  // The pattern lets ports and addresses through that no URL can have.
  if (!reach.test(host) || !URL.canParse(`https://${host}`)) return err('Host is no host name')
  const path = request.url ?? ''
  // RFC 9112 section 3.2.1: only the origin form. The absolute one is for proxies.
  if (!path.startsWith('/')) return err('want a request target that begins with /')
  return ok(`https://${host}${path}`)
}
