import type { DerNode } from '../../encoding/der-reader.ts'
import { elementsOf, namedBitsOf, oidOf } from '../../encoding/der-values.ts'

/** The names of RFC 5280 section 4.2.1.3 in the order of their bits. */
const usages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** One of the key usages of RFC 5280 section 4.2.1.3. */
export type KeyUsage = (typeof usages)[number]

/** Reads KeyUsage: "at least one of the bits MUST be set to 1". Unknown bits are passed over. */
export function readKeyUsage(node: DerNode): ReadonlySet<KeyUsage> | null {
  const bits = namedBitsOf(node)
  if (bits === null || bits.length === 0) return null
  return new Set(bits.map((bit) => usages[bit]).filter((usage) => usage !== undefined))
}

/** Reads ExtKeyUsageSyntax (RFC 5280 section 4.2.1.12): one or more OIDs. */
export function readExtendedKeyUsage(node: DerNode): readonly string[] | null {
  const purposes = elementsOf(node)?.map(oidOf) ?? []
  return purposes.length > 0 && purposes.every((oid) => oid !== null) ? purposes : null
}
