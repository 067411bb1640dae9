import { KeyUsage as Asn1KeyUsage } from '@peculiar/asn1-x509'
import { tags } from '../../encoding/der-reader.ts'
import { oidOf } from '../../encoding/der-values.ts'
import { type Element, listOf } from '../schema.ts'

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

/** Reads KeyUsage: "at least one of the bits MUST be set to 1". Unknown bits are ignored. */
export function readKeyUsage(element: Element): ReadonlySet<KeyUsage> | null {
  const keyUsage = element.as(Asn1KeyUsage, tags.bitString)
  if (keyUsage === null) return null
  const octets = new Uint8Array(keyUsage.value)
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
  return octets.some((octet) => octet !== 0) ? new Set(usages.filter((_, bit) => isSet(bit))) : null
}

/** Reads ExtKeyUsageSyntax (RFC 5280 section 4.2.1.12): one or more OIDs. */
export const readExtendedKeyUsage = (element: Element): readonly string[] | null =>
  listOf(element, oidOf)
