import type { Bytes } from './bytes.ts'
import { type DerNode, readDer, tags } from './der-reader.ts'
import { timeOf } from './der-scan.ts'

/** The elements of a SEQUENCE, or null for anything else. */
export const elementsOf = <Element>(
  node: { readonly tag: number; readonly children: readonly Element[] } | null | undefined,
): readonly Element[] | null => (node?.tag === tags.sequence ? node.children : null)

/** The elements of the one SEQUENCE that octets are in DER; null for anything else. */
export function elementsIn(der: Bytes, maxSize: number): readonly DerNode[] | null {
  const node = readDer(der, maxSize)
  return node.ok ? elementsOf(node.value) : null
}

/** Reads all elements of a list; null if there is no list or one of its elements is malformed. */
export function readAll<Element, T>(
  elements: readonly Element[] | null | undefined,
  read: (element: Element) => T | null,
): readonly T[] | null {
  const all = elements?.map((element) => read(element))
  return all?.every((value) => value !== null) ? all : null
}

/** A BIT STRING's octets if it has no unused bits; null for anything else. */
export const wholeOctetsOf = (node: DerNode | null | undefined): Bytes | null =>
  node?.tag === tags.bitString && node.contents[0] === 0 ? node.contents.subarray(1) : null

/** An INTEGER from 0 to 2^31 - 1, or null for anything else. */
export const smallIntegerOf = (node: DerNode | undefined): number | null =>
  node?.tag === tags.integer ? smallInteger(node.contents) : null

/** Contents octets of an INTEGER from 0 to 2^31 - 1 as a number, or null for any other. */
export function smallInteger(octets: Uint8Array): number | null {
  if (octets.length < 1 || octets.length > 4 || (octets[0] ?? 0x80) >= 0x80) return null
  if (octets.length > 1 && octets[0] === 0 && (octets[1] ?? 0) < 0x80) return null
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}

/** A non-negative INTEGER's magnitude without leading zeros; null for a negative one or no INTEGER. */
export function magnitudeOf(node: DerNode | undefined): Bytes | null {
  if (node?.tag !== tags.integer) return null
  const octets = node.contents
  if ((octets[0] ?? 0x80) >= 0x80) return null
  return octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets
}

/** An OBJECT IDENTIFIER in dotted decimals, or null for anything else. */
export const oidOf = (node: DerNode | undefined): string | null =>
  node?.tag === tags.objectIdentifier ? dottedOid(node.contents) : null

/** The contents octets of an OBJECT IDENTIFIER in dotted decimals. */
function dottedOid(octets: Uint8Array): string {
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

/** Reads UTCTime or GeneralizedTime as {@link timeOf} does; null for anything else. */
export function readTime({ tag, contents }: Pick<DerNode, 'tag' | 'contents'>): number | null {
  const time = timeOf({ tag, contents: 0, end: contents.length }, contents)
  return Number.isNaN(time) ? null : time
}
