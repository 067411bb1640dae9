import { fromBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { splitCertificates } from './der-certificates.ts'

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

/**
 * Reads certificates in PEM from a header, where a line break cannot be: terminators write blanks,
 * tabs or nothing instead. White space counts for nothing, anything else outside of blocks is refused.
 * @param most the longest list that is read
 * @returns DER, in the order written, or null where it is anything else or there are too many
 * @see RFC 7468 sections 3 and 5
 */
export function readPemBlocks(text: string, most: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  for (let at = afterBlanks(text, 0); at < text.length; ) {
    if (certificates.length === most || !text.startsWith(begin, at)) return null
    const stop = text.indexOf(end, at + begin.length)
    const body = stop < 0 ? '' : text.slice(at + begin.length, stop)
    const der = fromBase64(body.replace(/[ \t\r\n]+/g, ''))
    const block = der === null ? null : splitCertificates(der, 1)
    if (block === null) return null
    certificates.push(...block)
    at = afterBlanks(text, stop + end.length)
  }
  return certificates.length === 0 ? null : certificates
}

/**
 * Reads a chain that Apache httpd composes of SSL_CLIENT_CERT_CHAIN_0, _1 and so on: PEM, or the
 * literal `(null)` in place of each that the client did not send.
 * @param most the longest list that is read
 * @returns DER, in the order written, maybe none, or null where it is anything else or there are too
 *   many, `(null)` counted
 */
export function readPemBlocksOrNull(text: string, most: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  // One part more than may be: what the limit of a split cuts off would go unread.
  const parts = text.split('(null)', most + 2)
  if (parts.length > most + 1) return null
  for (const part of parts) {
    if (afterBlanks(part, 0) === part.length) continue
    const blocks = readPemBlocks(part, most - certificates.length)
    if (blocks === null) return null
    certificates.push(...blocks)
  }
  return certificates
}

const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\r' || character === '\n'

function afterBlanks(text: string, from: number): number {
  let at = from
  while (isBlank(text[at])) at++
  return at
}
