import { toBase64url } from './base64.ts'
import type { Bytes } from './bytes.ts'
import { toHex } from './hex.ts'

/** The SHA-256 digest of octets. */
export const sha256 = async (octets: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', octets))

/** {@link sha256} in base64url without padding: 43 characters. */
export const sha256Base64url = async (octets: Bytes): Promise<string> =>
  toBase64url(await sha256(octets))

/** {@link sha256} in lower-case hexadecimal. */
export const sha256Hex = async (octets: Bytes): Promise<string> => toHex(await sha256(octets))
