import { fromBase64 } from '../encoding/base64.ts'
import { type Bytes, fromUtf8 } from '../encoding/bytes.ts'

/**
 * Splits concatenated DER certificates. Only the outermost lengths are read; x509/ parses the rest.
 * @param max the largest number of certificates that is accepted
 * @returns at least one, in their order; null if there are other octets or too many certificates
 * @see X.690 sections 8.1.3 and 10.1
 */
export function splitCertificates(octets: Bytes, max: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  for (let at = 0; at < octets.length; ) {
    const end = endOfSequence(octets, at)
    if (end === null || certificates.length === max) return null
    certificates.push(octets.slice(at, end))
    at = end
  }
  return certificates.length === 0 ? null : certificates
}

/** The end offset of the SEQUENCE that starts at an offset; null if there is none or it is cut off. */
function endOfSequence(octets: Bytes, at: number): number | null {
  const first = octets[at + 1]
  if (octets[at] !== 0x30 || first === undefined || first === 0x80) return null
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f
  if (lengthOctets > 3) return null // 16 MiB or more: longer than any header
  let length = lengthOctets === 0 ? first : 0
  for (let i = 0; i < lengthOctets; i++) length = length * 256 + (octets[at + 2 + i] ?? 0)
  const end = at + 2 + lengthOctets + length
  return end <= octets.length ? end : null
}

/**
 * Reads an RFC 9440 Client-Cert value: one Byte Sequence, `:base64:`, without parameters.
 * @returns the octets, or null if the text has another form
 * @see RFC 9440 section 2.2, RFC 8941 section 3.3.5
 */
export function readByteSequence(text: string): Bytes | null {
  if (text.length < 3 || !text.startsWith(':') || !text.endsWith(':')) return null
  return fromBase64(text.slice(1, -1))
}

/**
 * Reads an RFC 9440 Client-Cert-Chain value: a List of Byte Sequences.
 * @param max the largest number of members that is accepted
 * @returns the members in their order; null if one has another form or there are too many
 * @see RFC 9440 section 2.3, RFC 8941 section 3.1
 */
export function readByteSequenceList(text: string, max: number): readonly Bytes[] | null {
  if (text === '') return []
  const parts = text.split(',', max + 1)
  if (parts.length > max) return null
  const members = parts.map((part) => readByteSequence(part.trim()))
  const sequences = members.filter((member) => member !== null)
  return sequences.length === members.length ? sequences : null
}

/**
 * Reads base64 of concatenated DER certificates.
 * @param max the largest number of certificates that is accepted
 * @returns the certificates in their order; null if the text has another form or too many of them
 */
export function readBase64Der(text: string, max: number): readonly Bytes[] | null {
  const octets = fromBase64(text)
  return octets === null ? null : splitCertificates(octets, max)
}

/**
 * Reads a comma-separated list of certificates in base64. A space after a comma is refused: it means
 * that two headers were joined. Traefik up to 2.9.1 percent-encodes each certificate.
 * @param max the largest number of certificates that is accepted
 * @returns DER, in the order written; null if the text has another form or too many certificates
 */
export function readBase64List(text: string, max: number): readonly Bytes[] | null {
  // The older form also encodes + / =: refuse a mixture of both forms.
  if (text.includes('%') && /[+/=]/.test(text)) return null
  const parts = text.split(',', max + 1)
  if (parts.length > max) return null
  const certificates: Bytes[] = []
  for (const part of parts) {
    const base64 = part.includes('%') ? percentDecode(part) : part
    const der = base64 === null ? null : readBase64Der(base64, 1)
    if (der === null) return null
    certificates.push(...der)
  }
  return certificates
}

/**
 * Reads base64 of one certificate in DER or PEM: Fastly's documentation does not say which. The first
 * octet distinguishes them.
 * @returns DER, or null if the text is neither
 */
export function readBase64DerOrPem(text: string): readonly Bytes[] | null {
  const octets = fromBase64(text)
  if (octets === null) return null
  const pem = octets[0] === 0x2d ? fromUtf8(octets) : null
  return pem === null ? splitCertificates(octets, 1) : readPemBlocks(pem, 1)
}

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
