import { headerSources } from './header-sources.ts'

/** Headers in which other servers and terminators report on a certificate. */
const otherCertificateHeaders = [
  'X-Client-Verify',
  'X-Client-DN',
  'X-SSL-Client-Cert',
  'X-SSL-Client-Verify',
  'SSL-Client-Cert',
  'SSL-Client-Verify',
  'X-SSL-Client-S-DN',
  'X-SSL-Client-SHA1',
  'X-SSL-Client-SHA256',
  'X-Forwarded-Tls-Client-Cert-Info',
  'Cf-Client-Cert-Der-Base64',
  'Cf-Client-Cert-Sha256',
]

/** Every header that is known to carry a certificate or a verdict on one, each name once. */
export const knownCertificateHeaders: readonly string[] = uniqueNames([
  ...Object.values(headerSources).flatMap(({ header, chainHeader }) => [header, chainHeader]),
  ...otherCertificateHeaders,
])

/** Removes nulls and repeated names: header names are case-insensitive (RFC 9110 section 5.1). */
export function uniqueNames(names: readonly (string | null)[]): readonly string[] {
  const unique = new Map(
    names.flatMap((name) => (name === null ? [] : [[name.toLowerCase(), name]])),
  )
  return [...unique.values()]
}

/** A subset of RFC 9110 section 5.1 that every terminator can be configured with. */
export const isHeaderName = (text: string): boolean => /^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(text)

/** Names with another meaning: sent with every request, hop-by-hop, or about the edge. */
const reservedName =
  /^(host|date|te|trailer|upgrade|expect|cookie|user-agent|early-data|accept(-encoding)?|content-(type|length|encoding)|transfer-encoding|connection|keep-alive|proxy-(authenticate|authorization|connection)|cf-.*)$/i

/** Whether a proxy may use a header of this name for a value of its own. */
export const isCustomHeaderName = (text: string): boolean =>
  isHeaderName(text) &&
  !reservedName.test(text) &&
  !knownCertificateHeaders.some((name) => name.toLowerCase() === text.toLowerCase())

/**
 * Whether the values that a proxy sends are all in different headers.
 * @param header the certificate's header, whose chain is in `${header}-Chain`; null for the default
 * @param others the headers of the credential and of the client's address
 */
export function areDistinctHeaders(header: string | null, others: readonly string[]): boolean {
  const names = header === null ? others : [header, `${header}-Chain`, ...others]
  return uniqueNames(names).length === names.length
}
