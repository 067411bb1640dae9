import { parseIpAddress } from '../ip-address.ts'

/** RFC 1034 section 3.1, without the final dot. In characters. */
const maxHostLength = 253

/** Letters, digits and hyphens, and the underscore that real names have as well. */
const label = /^[a-z0-9_-]{1,63}$/

/** A host name in lower case, or null for any other text, a wildcard included. */
export function readHost(text: string): string | null {
  if (text.length > maxHostLength) return null
  const host = text.toLowerCase()
  return host.split('.').every((part) => label.test(part)) ? host : null
}

/** The domains above a host, the nearest first: `a.b.c` has `b.c` and `c`. */
export function domainsAbove(host: string): string[] {
  const domains: string[] = []
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    domains.push(host.slice(dot + 1))
  }
  return domains
}

/** An address: its local part without quotes; its host in lower case. */
export type Mailbox = { readonly local: string; readonly host: string }

/** RFC 5321 section 4.5.3.1: 64 and 255 octets and the "@". */
const maxMailbox = 320

/** RFC 2821 section 4.1.2: Dot-string, or Quoted-string, whose backslashes quote one character. */
const dotString = /^([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@([^@]*)$/
const quotedString = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"@([^@]*)$/

/** Reads Mailbox (RFC 2821 section 4.1.2), without address literals; null for any other text. */
export function readMailbox(text: string): Mailbox | null {
  if (text.length > maxMailbox) return null
  const [, plain, plainHost] = dotString.exec(text) ?? []
  const [, quoted, quotedHost] = quotedString.exec(text) ?? []
  const local = plain ?? quoted?.replace(/\\(.)/g, '$1')
  const host = readHost(plainHost ?? quotedHost ?? '')
  return local === undefined || host === null ? null : { local, host }
}

/** In characters. Real ones have some hundred. */
const maxUri = 2048

/** RFC 3986 section 3.2: the text between "//" and the path, query or fragment. */
const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/
const hostAndPort = /^([^:]*)(?::\d*)?$/

/**
 * The host of a URI, in lower case; null if it has no authority or its host is not a domain name:
 * such a URI cannot be judged by a constraint (RFC 5280 section 4.2.1.10: "MUST reject").
 */
export function readUriHost(text: string): string | null {
  if (text.length > maxUri) return null
  const [, found] = authority.exec(text) ?? []
  const behindUser = found?.slice(found.lastIndexOf('@') + 1)
  const [, host] = hostAndPort.exec(behindUser ?? '') ?? []
  return host === undefined || parseIpAddress(host) !== null ? null : readHost(host)
}
