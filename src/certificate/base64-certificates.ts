import { fromBase64 } from '../encoding/base64.ts'
import { type Bytes, fromUtf8 } from '../encoding/bytes.ts'
import { splitCertificates } from './der-certificates.ts'
import { percentDecode, readPemBlocks } from './pem-blocks.ts'

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
