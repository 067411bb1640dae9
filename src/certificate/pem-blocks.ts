import { fromBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { splitCertificates } from './der-certificates.ts'

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

/**
 * Reads certificates in PEM from a header. A header cannot contain line breaks, so terminators write
 * spaces, tabs or nothing instead. White space is ignored; other text between blocks is refused.
 * @param max the largest number of certificates that is accepted
 * @returns DER, in the order written; null if the text has another form or too many certificates
 * @see RFC 7468 sections 3 and 5
 */
export function readPemBlocks(text: string, max: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  for (let at = skipWhiteSpace(text, 0); at < text.length; ) {
    if (certificates.length === max || !text.startsWith(begin, at)) return null
    const stop = text.indexOf(end, at + begin.length)
    const body = stop < 0 ? '' : text.slice(at + begin.length, stop)
    const der = fromBase64(body.replace(/[ \t\r\n]+/g, ''))
    const block = der === null ? null : splitCertificates(der, 1)
    if (block === null) return null
    certificates.push(...block)
    at = skipWhiteSpace(text, stop + end.length)
  }
  return certificates.length === 0 ? null : certificates
}

/**
 * Reads a chain that Apache httpd writes from SSL_CLIENT_CERT_CHAIN_0, _1 and so on: PEM, or the
 * literal `(null)` for each certificate that the client did not send.
 * @param max the largest number of certificates that is accepted, `(null)` included
 * @returns DER, in the order written, possibly none; null if the text has another form or too many
 */
export function readPemBlocksOrNull(text: string, max: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  // One part more than is accepted: split() drops what is beyond its limit.
  const parts = text.split('(null)', max + 2)
  if (parts.length > max + 1) return null
  for (const part of parts) {
    if (skipWhiteSpace(part, 0) === part.length) continue
    const blocks = readPemBlocks(part, max - certificates.length)
    if (blocks === null) return null
    certificates.push(...blocks)
  }
  return certificates
}

function skipWhiteSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
  return at
}

/**
 * Undoes percent-encoding (RFC 3986 section 2.1), not form encoding: some terminators do not encode
 * `+`, `/` and `=`, so a plus sign stays a plus sign.
 * @returns null if the text has no encoded character, or an unencoded one that must be encoded
 */
export function percentDecode(text: string): string | null {
  if (!text.includes('%') || !/^[A-Za-z0-9._~%+/=-]*$/.test(text)) return null
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
