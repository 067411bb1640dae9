import type { Bytes } from '../../../src/encoding/bytes.ts'
import { tlv } from '../../../src/encoding/der-writer.ts'

/** A named BIT STRING: the numbers of the bits that are set (X.690 section 11.2.2: no trailing zeros). */
export function namedBits(bits: readonly number[]): Bytes {
  const last = Math.max(-1, ...bits)
  const octets = new Uint8Array(Math.floor((last + 8) / 8))
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return tlv(0x03, Uint8Array.of(last < 0 ? 0 : 7 - (last & 7)), octets)
}

/** A context-specific element with a primitive encoding. */
export const implicit = (number: number, contents: Uint8Array): Bytes =>
  tlv(0x80 | number, contents)

/** NULL. */
export const nothing = (): Bytes => tlv(0x05)
