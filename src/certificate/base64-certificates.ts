import { fromBase64 } from '../encoding/base64.ts'
import { type Bytes, fromUtf8 } from '../encoding/bytes.ts'
import { splitCertificates } from './der-certificates.ts'
import { readPemBlocks } from './pem-blocks.ts'
import { percentDecode } from './percent-encoding.ts'

/**
 * Reads base64 of certificates in DER, one behind the other.
 * @param most the longest list that is read
 * @returns the certificates, in their order, or null where it is anything else or there are too many
 */
export function readBase64Der(text: string, most: number): readonly Bytes[] | null {
  const octets = fromBase64(text)
  return octets === null ? null : splitCertificates(octets, most)
}

/**
 * Reads a list of certificates in base64, with a comma and nothing else between them: where a blank
 * follows it, two headers have been joined. Traefik up to 2.9.1 percent-encoded each.
 * @param most the longest list that is read
 * @returns DER, in the order written, or null where it is anything else or there are too many
 */
export function readBase64List(text: string, most: number): readonly Bytes[] | null {
  const escaped = text.includes('%')
  // The older form escapes these too; half a form is none.
  if (escaped && /[+/=]/.test(text)) return null
  const parts = text.split(',', most + 1)
  if (parts.length > most) return null
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
 * Reads base64 of one certificate, in DER or in PEM: Fastly's documentation leaves open which it is.
 * The first octet tells them apart, and no value is both.
 * @returns DER, or null where it is neither
 */
export function readBase64DerOrPem(text: string): readonly Bytes[] | null {
  const octets = fromBase64(text)
  if (octets === null) return null
  const pem = octets[0] === 0x2d ? fromUtf8(octets) : null
  return pem === null ? splitCertificates(octets, 1) : readPemBlocks(pem, 1)
}
