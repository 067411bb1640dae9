import { parseIpAddress } from '../ip-address.ts'
import { readHost } from './host.ts'

/** In characters. Real ones have some hundred. */
const maxLength = 2048

/** RFC 3986 section 3.2: the text between "//" and the path, query or fragment. */
const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/
const hostAndPort = /^([^:]*)(?::\d*)?$/

/**
 * The host of a URI, in lower case; null where it has no authority or its host is no domain name:
 * such a URI cannot be judged by a constraint (RFC 5280 section 4.2.1.10: "MUST reject").
 */
export function readUriHost(text: string): string | null {
  if (text.length > maxLength) return null
  const [, found] = authority.exec(text) ?? []
  const behindUser = found?.slice(found.lastIndexOf('@') + 1)
  const [, host] = hostAndPort.exec(behindUser ?? '') ?? []
  return host === undefined || parseIpAddress(host) !== null ? null : readHost(host)
}
