import type { Bytes } from './bytes.ts'
import { type DerNode, tags } from './der-reader.ts'

/** The whole element: identifier, length and contents. */
export const derOf = (node: DerNode): Bytes => node.source.subarray(node.start, node.end)

/** The contents octets. */
export const contentsOf = (node: DerNode): Bytes => node.source.subarray(node.contents, node.end)

/** The elements of a SEQUENCE, or null for anything else. */
export const elementsOf = (node: DerNode | undefined): readonly DerNode[] | null =>
  node?.tag === tags.sequence ? node.children : null

/** A BIT STRING's octets if it has no unused bits; null for anything else. */
export const wholeOctetsOf = (node: DerNode | undefined): Bytes | null =>
  node?.tag === tags.bitString && node.source[node.contents] === 0
    ? contentsOf(node).subarray(1)
    : null

/** An INTEGER from 0 to 2^31 - 1, or null for anything else. */
export const smallIntegerOf = (node: DerNode | undefined): number | null =>
  node?.tag === tags.integer ? smallInteger(contentsOf(node)) : null

/** Contents octets of an INTEGER from 0 to 2^31 - 1 as a number, or null for any other. */
export function smallInteger(octets: Uint8Array): number | null {
  if (octets.length < 1 || octets.length > 4 || (octets[0] ?? 0x80) >= 0x80) return null
  if (octets.length > 1 && octets[0] === 0 && (octets[1] ?? 0) < 0x80) return null
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}

/** A non-negative INTEGER's magnitude without leading zeros; null for a negative one or no INTEGER. */
export function magnitudeOf(node: DerNode | undefined): Bytes | null {
  if (node?.tag !== tags.integer) return null
  const octets = contentsOf(node)
  if ((octets[0] ?? 0x80) >= 0x80) return null
  return octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets
}

/** An OBJECT IDENTIFIER in dotted decimals, or null for anything else. */
export const oidOf = (node: DerNode | undefined): string | null =>
  node?.tag === tags.objectIdentifier ? dottedOid(contentsOf(node)) : null

/** The contents octets of an OBJECT IDENTIFIER in dotted decimals. */
export function dottedOid(octets: Uint8Array): string {
  const arcs: (number | bigint)[] = []
  let arc: number | bigint = 0
  for (const octet of octets) {
    // Arcs beyond 53 bits are rare, and BigInt costs ten times as much.
    arc = typeof arc === 'number' && arc < 2 ** 46 ? arc * 128 + (octet & 0x7f) : append(arc, octet)
    if (octet < 0x80) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [joint = 0, ...rest] = arcs
  const first = joint < 80 ? Math.floor(Number(joint) / 40) : 2 // X.690 section 8.19.4
  const second = typeof joint === 'number' ? joint - 40 * first : joint - 80n
  return [first, second, ...rest].join('.')
}

const append = (arc: number | bigint, octet: number): bigint =>
  BigInt(arc) * 128n + BigInt(octet & 0x7f)
