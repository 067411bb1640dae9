import type { Bytes } from '../../encoding/bytes.ts'
import { sequence, tlv } from '../../encoding/der-writer.ts'
import { readName } from '../names/read-name.ts'
import { type Element, listOf } from '../schema.ts'
import { type GeneralName, membersOf, readGeneralNames } from './general-name.ts'

/**
 * Revocation reasons as a set: bit n is bit n of ReasonFlags (RFC 5280 section 4.2.1.13), from
 * keyCompromise (1) to aACompromise (8).
 */
export type Reasons = number

/** keyCompromise to aACompromise: all-reasons of RFC 5280 section 6.3.2 (a). */
export const allReasons: Reasons = 0b1_1111_1110

/** DistributionPointName: full names, or an RDN below the name of the CRL's issuer. */
export type DistributionPointName =
  | { readonly type: 'full'; readonly names: readonly GeneralName[] }
  /** The RelativeDistinguishedName as a SET in DER. */
  | { readonly type: 'relative'; readonly rdn: Bytes }

/** DistributionPoint (RFC 5280 section 4.2.1.13); null if a member is absent. */
export type DistributionPoint = {
  readonly name: DistributionPointName | null
  readonly reasons: Reasons | null
  readonly crlIssuer: readonly GeneralName[] | null
}

/**
 * The URIs of CRLs that the certificate's own issuer publishes, unchanged and each once. Points with
 * another CRL issuer are left out.
 */
export const distributionPointUris = (points: readonly DistributionPoint[]): readonly string[] => [
  ...new Set(
    points.flatMap(({ name, crlIssuer }) =>
      name?.type !== 'full' || crlIssuer !== null
        ? []
        : name.names.flatMap((one) => (one.type === 'uri' ? [one.text] : [])),
    ),
  ),
]

/** Reads CRLDistributionPoints, and FreshestCRL that has the same syntax (section 4.2.1.15). */
export const readDistributionPoints = (element: Element): readonly DistributionPoint[] | null =>
  listOf(element, readDistributionPoint)

function readDistributionPoint(element: Element): DistributionPoint | null {
  const members = membersOf(element, [0xa0, 0x81, 0xa2])
  if (members === null) return null
  // "either distributionPoint or cRLIssuer MUST be present"
  if (members[0] === undefined && members[2] === undefined) return null
  const name = readOptional(members[0], readDistributionPointName)
  const reasons = readOptional(members[1], readReasons)
  const crlIssuer = readOptional(members[2], ({ children }) => readGeneralNames(children))
  return name === undefined || reasons === undefined || crlIssuer === undefined
    ? null
    : { name, reasons, crlIssuer }
}

/** Reads a member; null if it is absent, undefined if it is malformed. */
export const readOptional = <T>(
  element: Element | undefined,
  read: (element: Element) => T | null,
): T | null | undefined => (element === undefined ? null : (read(element) ?? undefined))

/** Reads DistributionPointName inside of its explicit tag (it is a CHOICE). */
export function readDistributionPointName({ children }: Element): DistributionPointName | null {
  const [choice, ...more] = children
  if (choice === undefined || more.length > 0) return null
  if (choice.tag === 0xa0) {
    const names = readGeneralNames(choice.children)
    return names === null ? null : { type: 'full', names }
  }
  if (choice.tag !== 0xa1) return null
  const rdn = tlv(0x31, choice.contents)
  return readName(sequence(rdn)) === null ? null : { type: 'relative', rdn }
}

/** Reads ReasonFlags under an implicit tag; bits without a name are ignored. */
export function readReasons({ contents }: Element): Reasons | null {
  const [unused = 8, first = 0, second = 0] = contents
  const { length } = contents
  // X.690 sections 8.6.2 and 11.2.1: the unused bits are fewer than eight, present, and zero.
  if (unused > 7 || (length === 1 && unused > 0)) return null
  if (length > 1 && ((contents[length - 1] ?? 0) & ((1 << unused) - 1)) !== 0) return null
  let reasons = 0
  for (let bit = 1; bit <= 8; bit++) {
    const octet = bit < 8 ? first : second
    if ((octet & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit
  }
  return reasons
}
