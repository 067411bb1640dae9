import type { Bytes } from '../encoding/bytes.ts'

/**
 * Splits octets that hold certificates in DER, one behind the other. Only the outermost lengths are
 * read: whether each is a certificate is for whoever judges it.
 * @param most the longest list that is read
 * @returns at least one, in their order, or null where anything else is there or there are too many
 * @see X.690 sections 8.1.3 and 10.1
 */
export function splitCertificates(octets: Bytes, most: number): readonly Bytes[] | null {
  const certificates: Bytes[] = []
  for (let at = 0; at < octets.length; ) {
    const end = endOfSequence(octets, at)
    if (end === null || certificates.length === most) return null
    certificates.push(octets.slice(at, end))
    at = end
  }
  return certificates.length === 0 ? null : certificates
}

/** Where the SEQUENCE that starts at an offset ends; null where it is none, or is cut off. */
function endOfSequence(octets: Bytes, at: number): number | null {
  const first = octets[at + 1]
  if (octets[at] !== 0x30 || first === undefined || first === 0x80) return null
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 3) return null // 16 MiB: more than any header
  let length = more === 0 ? first : 0
  for (let i = 0; i < more; i++) length = length * 256 + (octets[at + 2 + i] ?? 0)
  const end = at + 2 + more + length
  return end <= octets.length ? end : null
}
