import type { Bytes } from '../../encoding/bytes.ts'
import type { DerNode } from '../../encoding/der-reader.ts'
import { contentsOf, elementsOf } from '../../encoding/der-values.ts'
import { sequence, tlv } from '../../encoding/der-writer.ts'
import { readName } from '../names/read-name.ts'
import { addressLengths, type GeneralName, readGeneralName } from './general-name.ts'

/**
 * Revocation reasons as a set: bit n is bit n of ReasonFlags (RFC 5280 section 4.2.1.13), from
 * keyCompromise (1) to aACompromise (8).
 */
export type Reasons = number

/** keyCompromise to aACompromise: all-reasons of RFC 5280 section 6.3.2 (a). */
export const allReasons: Reasons = 0b1_1111_1110

/** DistributionPointName: names of their own, or an RDN below the name of the CRL's issuer. */
export type DistributionPointName =
  | { readonly type: 'full'; readonly names: readonly GeneralName[] }
  /** The RelativeDistinguishedName as a SET in DER. */
  | { readonly type: 'relative'; readonly rdn: Bytes }

/** DistributionPoint (RFC 5280 section 4.2.1.13); null where a member is absent. */
export type DistributionPoint = {
  readonly name: DistributionPointName | null
  readonly reasons: Reasons | null
  readonly crlIssuer: readonly GeneralName[] | null
}

/**
 * Where lists by a certificate's own issuer are to be had: the URIs of its points, as they stand there,
 * each once. Points that belong to another issuer of lists are left out.
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
export function readDistributionPoints(node: DerNode): readonly DistributionPoint[] | null {
  const points = elementsOf(node)?.map(readDistributionPoint) ?? []
  return points.length > 0 && points.every((point) => point !== null) ? points : null
}

function readDistributionPoint(node: DerNode): DistributionPoint | null {
  const members = membersOf(node, [0xa0, 0x81, 0xa2])
  if (members === null) return null
  const [nameNode, reasonsNode, issuerNode] = members
  // "either distributionPoint or cRLIssuer MUST be present"
  if (nameNode === undefined && issuerNode === undefined) return null
  const name = nameNode === undefined ? null : readDistributionPointName(nameNode)
  const reasons = reasonsNode === undefined ? null : readReasons(reasonsNode)
  const crlIssuer = issuerNode === undefined ? null : readNames(issuerNode)
  if (nameNode !== undefined && name === null) return null
  if (reasonsNode !== undefined && reasons === null) return null
  if (issuerNode !== undefined && crlIssuer === null) return null
  return { name, reasons, crlIssuer }
}

/**
 * The members of a SEQUENCE by their context-specific tags, each at most once and in this order;
 * null for any other element in it.
 */
export function membersOf(
  node: DerNode,
  order: readonly number[],
): readonly (DerNode | undefined)[] | null {
  const elements = elementsOf(node)
  const places = elements?.map(({ tag }) => order.indexOf(tag))
  if (!places?.every((place, index) => place > (index === 0 ? -1 : (places[index - 1] ?? 0)))) {
    return null
  }
  return order.map((tag) => elements?.find((element) => element.tag === tag))
}

/** Reads DistributionPointName inside of its explicit tag (it is a CHOICE). */
export function readDistributionPointName(node: DerNode): DistributionPointName | null {
  const [choice, ...more] = node.children
  if (choice === undefined || more.length > 0) return null
  if (choice.tag === 0xa0) {
    const names = readNames(choice)
    return names === null ? null : { type: 'full', names }
  }
  if (choice.tag !== 0xa1) return null
  const rdn = tlv(0x31, contentsOf(choice))
  return readName(sequence(rdn)) === null ? null : { type: 'relative', rdn }
}

/** Reads ReasonFlags under an implicit tag; bits without a name are passed over. */
export function readReasons(node: DerNode): Reasons | null {
  const [unused = 8, first = 0, second = 0] = contentsOf(node)
  const length = node.end - node.contents
  const last = node.source[node.end - 1] ?? 0
  // X.690 sections 8.6.2 and 11.2.1: the unused bits are fewer than eight, there, and zero.
  if (length < 1 || unused > 7 || (length === 1 && unused > 0)) return null
  if (length > 1 && (last & ((1 << unused) - 1)) !== 0) return null
  let reasons = 0
  for (let bit = 1; bit <= 8; bit++) {
    const octet = bit < 8 ? first : second
    if ((octet & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit
  }
  return reasons
}

/** GeneralNames under an implicit tag. */
function readNames(node: DerNode): readonly GeneralName[] | null {
  const names = node.children.map((child) => readGeneralName(child, addressLengths))
  return names.length > 0 && names.every((name) => name !== null) ? names : null
}
