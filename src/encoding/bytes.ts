/** Octets that own an ordinary ArrayBuffer, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// A TextEncoder makes a buffer of its own, whatever its type says.
/** Text as UTF-8 octets. */
export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

/** UTF-8 octets as text, or null if they are not UTF-8 (nothing is replaced). */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return null
  }
}

/** Octets as the characters they are in Latin-1, of which ASCII is a part. */
export function latin1(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}

/** ASCII octets as text, or null if one of them is not ASCII. */
export const fromAscii = (octets: Uint8Array): string | null =>
  octets.every((octet) => octet < 0x80) ? latin1(octets) : null

/** Whether two octet strings are the same. Not for secrets: see {@link equalInConstantTime}. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether two octet strings are the same, in a time that tells only their lengths. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}
