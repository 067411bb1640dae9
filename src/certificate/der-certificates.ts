import type { Bytes } from '../encoding/bytes.ts'

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
