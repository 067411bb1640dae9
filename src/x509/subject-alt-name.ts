import { err, ok, type Result } from '../encoding/result.ts'
import type { Certificate } from './certificate.ts'
import { formatIpAddress, parseIpAddress } from './ip-address.ts'

/** The types of subjectAltName a client may be registered with (RFC 8705 section 2.1.2). */
export type SubjectAltNameType = 'dns' | 'uri' | 'ip' | 'email'

/** Why a text is no value that can be matched. */
export type SubjectAltNameRefusal = {
  readonly why:
    | 'too_long'
    | 'not_ascii'
    | 'wildcard'
    | 'ip_address_as_host'
    | 'host_name'
    | 'uri'
    | 'ip_address'
    | 'email'
}

/**
 * The key of a registered value: two values match exactly when their keys are equal. The same rules
 * apply to the values in certificates, so that a value that cannot be registered matches nothing.
 */
export const subjectAltNameKey = (
  type: SubjectAltNameType,
  text: string,
): Result<string, SubjectAltNameRefusal> => forms[type].key(text)

/** The keys of all values of one type that a certificate presents and that can be matched at all. */
export function subjectAltNameKeys(certificate: Certificate, type: SubjectAltNameType): string[] {
  return certificate[forms[type].field].flatMap((text) => {
    const key = subjectAltNameKey(type, text)
    return key.ok ? [key.value] : []
  })
}

/** Where a certificate has the values of a type, and how they become keys. */
const forms = {
  dns: { field: 'dnsNames', key: hostKey },
  uri: { field: 'uris', key: uriKey },
  ip: { field: 'ipAddresses', key: ipKey },
  email: { field: 'emails', key: emailKey },
} as const

/** A label of letters, digits and inner hyphens (RFC 1034 section 3.5, RFC 1123 section 2.1). */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * RFC 5280 section 7.2: a case-insensitive exact match on the entire name. A wildcard is equal to
 * nothing, a trailing dot is no part of a name in a certificate.
 */
function hostKey(text: string): Result<string, SubjectAltNameRefusal> {
  if (text.length > 253) return err({ why: 'too_long' })
  if (!isPrintableAscii(text)) return err({ why: 'not_ascii' })
  if (text.includes('*')) return err({ why: 'wildcard' })
  if (parseIpAddress(text) !== null) return err({ why: 'ip_address_as_host' })
  const lower = text.toLowerCase()
  return lower.split('.').every((part) => label.test(part)) ? ok(lower) : err({ why: 'host_name' })
}

const maxUriLength = 2048

/** RFC 3986 section 3: scheme, then an authority after two slashes, then the rest. */
const uriParts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?(.*)$/
const userAndPort = /^((?:[^@]*@)?)(\[[0-9A-Fa-f:.]+\]|[^@:[\]]*)((?::\d*)?)$/
const uriCharacters = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/

/**
 * RFC 5280 section 7.4, without the normalizations of its steps 3 to 5: scheme and host in lower
 * case, the rest octet by octet. Values that would only match after normalization are not matched.
 */
function uriKey(text: string): Result<string, SubjectAltNameRefusal> {
  if (text.length > maxUriLength) return err({ why: 'too_long' })
  if (!isPrintableAscii(text)) return err({ why: 'not_ascii' })
  const [, scheme, authority, rest = ''] = uriParts.exec(text) ?? []
  if (scheme === undefined || !uriCharacters.test(text)) return err({ why: 'uri' })
  if (authority === undefined) {
    return rest === '' ? err({ why: 'uri' }) : ok(`${scheme.toLowerCase()}:${rest}`)
  }
  const [, user, host, port] = userAndPort.exec(authority) ?? []
  if (user === undefined || host === undefined || port === undefined) return err({ why: 'uri' })
  return ok(`${scheme.toLowerCase()}://${user}${host.toLowerCase()}${port}${rest}`)
}

/** RFC 8705 section 2.1.2: compared in binary; the canonical text is equal exactly when the octets are. */
function ipKey(text: string): Result<string, SubjectAltNameRefusal> {
  const octets = parseIpAddress(text)
  return octets === null ? err({ why: 'ip_address' }) : ok(formatIpAddress(octets))
}

/** RFC 5280 section 7.5: the local part exactly, the host without case. No quoted local parts. */
function emailKey(text: string): Result<string, SubjectAltNameRefusal> {
  if (text.length > 320) return err({ why: 'too_long' })
  if (!isPrintableAscii(text)) return err({ why: 'not_ascii' })
  const [local = '', host, ...more] = text.split('@')
  if (host === undefined || more.length > 0 || !/^[^\s"(),:;<>[\\\]]{1,64}$/.test(local)) {
    return err({ why: 'email' })
  }
  const key = hostKey(host)
  return key.ok ? ok(`${local}@${key.value}`) : key
}

const isPrintableAscii = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)
