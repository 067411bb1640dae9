import type { PublicKey } from './public-key.ts'

/** Why a key is not used. */
export type KeyRefusal =
  | { readonly reason: 'key_too_small' | 'key_too_large'; readonly bits: number }
  | { readonly reason: 'key_unsupported'; readonly algorithm: string }

/** In bits: NIST SP 800-131A; and what a verification may cost. */
const minRsaBits = 2048
const maxRsaBits = 8192
/** The time of a verification grows with the exponent's length; all but a few keys have 65537. */
const maxExponentOctets = 4

/** Whether a key may be used at all, on a path or for a client of its own: null, or why not. */
export function keyRefusal(key: PublicKey): KeyRefusal | null {
  switch (key.kty) {
    case 'RSA':
      if (key.bits < minRsaBits) return { reason: 'key_too_small', bits: key.bits }
      if (key.bits > maxRsaBits) return { reason: 'key_too_large', bits: key.bits }
      return exponentRefusal(key.exponent)
    case 'EC':
    case 'OKP':
      return null
    case 'unsupported':
      return { reason: 'key_unsupported', algorithm: key.algorithm }
  }
}

/** RFC 8017 section 3.1: odd, and at least 3; with 1 a signature is whatever the forger likes. */
function exponentRefusal(exponent: Uint8Array): KeyRefusal | null {
  if (exponent.length > maxExponentOctets) {
    return { reason: 'key_unsupported', algorithm: 'RSA with an exponent of more than 32 bits' }
  }
  const last = exponent.at(-1) ?? 0
  const one = exponent.length === 1 && last === 1
  return last % 2 === 0 || one
    ? { reason: 'key_unsupported', algorithm: 'RSA with an exponent of 1 or an even one' }
    : null
}
