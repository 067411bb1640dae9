import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { concat, tlv } from '../encoding/der-writer.ts'

/** SET OF the given elements, in the order DER demands (X.690 section 11.6). */
export const setOf = (...elements: readonly Uint8Array[]): Bytes =>
  tlv(0x31, ...elements.toSorted(compareOctets))

/** Orders octet strings as X.690 section 11.6 does: octet by octet, the shorter one first. */
function compareOctets(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** INTEGER of any size, in the fewest octets (X.690 section 8.3.2). */
export function integer(value: bigint | number): Bytes {
  const octets: number[] = []
  let rest = BigInt(value)
  do {
    octets.unshift(Number(rest & 0xffn))
    rest >>= 8n
  } while (!signIsComplete(rest, octets[0] ?? 0))
  return tlv(0x02, Uint8Array.from(octets))
}

const signIsComplete = (rest: bigint, first: number): boolean =>
  (rest === 0n && first < 0x80) || (rest === -1n && first >= 0x80)

/** A non-negative INTEGER given as big-endian octets. */
export function unsignedInteger(octets: Uint8Array): Bytes {
  let start = 0
  while (start < octets.length - 1 && octets[start] === 0) start++
  const magnitude = octets.subarray(start)
  return (magnitude[0] ?? 0x80) >= 0x80
    ? tlv(0x02, Uint8Array.of(0), magnitude)
    : tlv(0x02, magnitude)
}

/** BOOLEAN (X.690 section 11.1: true is FF). */
export const boolean = (value: boolean): Bytes => tlv(0x01, Uint8Array.of(value ? 0xff : 0))

/** OCTET STRING. */
export const octetString = (octets: Uint8Array): Bytes => tlv(0x04, octets)

/** BIT STRING of whole octets. */
export const bitString = (octets: Uint8Array): Bytes => tlv(0x03, Uint8Array.of(0), octets)

/** OBJECT IDENTIFIER from dotted decimals. The caller answers for their form. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  return tlv(0x06, concat(...[first * 40n + second, ...rest].map(baseHundredTwentyEight)))
}

function baseHundredTwentyEight(arc: bigint): Bytes {
  const octets = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.from(octets)
}

/** A context-specific element with a constructed encoding: `[number] { ... }`. */
export const explicit = (number: number, ...contents: readonly Uint8Array[]): Bytes =>
  tlv(0xa0 | number, ...contents)

/** A string of the given universal type, its characters as UTF-8 octets. */
export const text = (tag: number, value: string): Bytes => tlv(tag, utf8(value))
