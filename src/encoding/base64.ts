import type { Bytes } from './bytes.ts'

const toBinary = (bytes: Uint8Array): string => {
  let text = ''
  // In slices: an argument list is bounded by the stack.
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  }
  return text
}

const fromBinary = (text: string): Bytes => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** What younger engines have of their own, several times faster: workerd has it, Node 24 has not. */
type Native = { readonly toBase64?: (options?: NativeOptions) => string }
type NativeOptions = { readonly alphabet: 'base64url'; readonly omitPadding: boolean }

/** Octets as base64 with padding (RFC 4648 section 4). */
export const toBase64 = (bytes: Uint8Array & Native): string =>
  bytes.toBase64?.() ?? btoa(toBinary(bytes))

/** Canonical base64 with padding as octets, or null: no white space, no stray bits, no other alphabet. */
export function fromBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  try {
    const binary = atob(text)
    // RFC 4648 section 3.5: pad bits that are not zero would give one value two spellings.
    return text === '' || btoa(binary).endsWith(text.slice(-4)) ? fromBinary(binary) : null
  } catch {
    return null
  }
}

/** Octets as base64url without padding (RFC 7515 section 2). */
export const toBase64url = (bytes: Uint8Array & Native): string =>
  bytes.toBase64?.({ alphabet: 'base64url', omitPadding: true }) ??
  btoa(toBinary(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** Canonical base64url without padding as octets, or null. */
export function fromBase64url(text: string): Bytes | null {
  if (/[^A-Za-z0-9_-]/.test(text)) return null
  const padding = '='.repeat((4 - (text.length % 4)) % 4)
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding)
}
