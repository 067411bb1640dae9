import { knownCertificateHeaders, uniqueNames } from './known-headers.ts'

/** RFC 9110 section 5.1, of which this takes what every terminator can write. */
export const isHeaderName = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(text)

/** Headers that say something else, come with every request, or end with the connection. */
const spokenFor: ReadonlySet<string> = new Set([
  ...['host', 'content-type', 'content-length', 'content-encoding', 'transfer-encoding'],
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'upgrade', 'expect'],
  ...['accept', 'accept-encoding', 'user-agent', 'cookie', 'date', 'early-data'],
  ...knownCertificateHeaders.map((name) => name.toLowerCase()),
])

/** Whether a proxy may say something of its own in a header of this name: it means nothing else. */
export const isOwnHeaderName = (text: unknown): text is string =>
  isHeaderName(text) && !spokenFor.has(text.toLowerCase()) && !/^cf-/i.test(text)

/**
 * Whether what a proxy sends comes in as many headers as it has things to say.
 * @param header the certificate's, whose chain is in `${header}-Chain`; null where none was chosen
 * @param others the credential's and the address's
 */
export function areDistinctHeaders(header: string | null, others: readonly string[]): boolean {
  const names = header === null ? others : [header, `${header}-Chain`, ...others]
  return uniqueNames(names).length === names.length
}
