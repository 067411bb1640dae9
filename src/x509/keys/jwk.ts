import { toBase64url } from '../../encoding/base64.ts'
import type { PublicKey } from './public-key.ts'

/** The public members of a JWK (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2). */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

/** A certificate's key as a JWK, or null where it is of no supported kind. */
export function publicKeyToJwk(key: PublicKey): PublicJwk | null {
  switch (key.kty) {
    case 'RSA':
      return { kty: 'RSA', n: toBase64url(key.modulus), e: toBase64url(key.exponent) }
    case 'EC':
      return { kty: 'EC', crv: key.crv, x: toBase64url(key.x), y: toBase64url(key.y) }
    case 'OKP':
      return { kty: 'OKP', crv: key.crv, x: toBase64url(key.x) }
    case 'unsupported':
      return null
  }
}
