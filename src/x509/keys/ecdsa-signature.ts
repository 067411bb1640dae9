import type { Bytes } from '../../encoding/bytes.ts'
import { readDer } from '../../encoding/der-reader.ts'
import { elementsOf, magnitudeOf } from '../../encoding/der-values.ts'

/** In octets: two integers of the largest curve with their headers. */
const maxSignatureSize = 160

/**
 * ECDSA-Sig-Value in DER (RFC 3279 section 2.2.3) as r and s side by side, as WebCrypto wants it.
 * Strict: every signature has exactly one encoding that is accepted.
 * @param size of r and s in octets
 * @returns null where it is not DER, negative, too large, or has anything behind it
 */
export function rawEcdsaSignature(der: Bytes, size: number): Bytes | null {
  const node = readDer(der, maxSignatureSize)
  const [first, second, ...more] = (node.ok ? elementsOf(node.value) : null) ?? []
  const r = magnitudeOf(first)
  const s = magnitudeOf(second)
  if (r === null || s === null || more.length > 0) return null
  if (r.length > size || s.length > size) return null
  const raw = new Uint8Array(2 * size)
  raw.set(r, size - r.length)
  raw.set(s, 2 * size - s.length)
  return raw
}
