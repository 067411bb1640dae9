import type { Bytes } from './bytes.ts'

const pairs = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Octets as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += pairs[byte]
  return text
}

/** Hexadecimal of either case as octets, or null for any other text. No separators. */
export function fromHex(text: string): Bytes | null {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  }
  return bytes
}
