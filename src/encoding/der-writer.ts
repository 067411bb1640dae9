import type { Bytes } from './bytes.ts'

/** Several octet strings as one. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 | octets.length, ...octets]
}

/** One DER element: identifier octet, shortest definite length, contents (X.690 section 10.1). */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, part) => sum + part.length, 0)
  return concat(Uint8Array.of(tag, ...lengthOctets(length)), ...contents)
}

/** SEQUENCE of the given elements. */
export const sequence = (...elements: readonly Uint8Array[]): Bytes => tlv(0x30, ...elements)
