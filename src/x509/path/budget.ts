import type { PublicKey } from '../keys/public-key.ts'

/**
 * What one search may spend, in operations: while a Worker computes, its clock stands still, so time
 * cannot be the measure. Spent for good: nothing is given back when the search turns round.
 */
export type Budget = {
  /** Weighed by cost; a P-256 verification, about 0.1 ms, is 1. */
  signatures: number
  /** Certificates tried as an issuer. */
  steps: number
}

/**
 * A path of ten P-521 certificates fits twice over, and all of it takes about 40 ms. A real chain
 * spends two or three units and steps.
 */
export const newBudget = (): Budget => ({ signatures: 200, steps: 1000 })

/** How many certificates a caller may present besides the leaf; TLS clients send two or three. */
export const maxPresented = 64

/** How many octets all presented certificates may have; real chains have five thousand. */
export const maxPresentedOctets = 3 << 15

/** What a verification with a key costs, in P-256 verifications. */
export function signatureCost(key: PublicKey): number {
  switch (key.kty) {
    case 'RSA':
      return Math.ceil((key.bits / 4096) ** 2 * 2)
    case 'EC':
      return { 'P-256': 1, 'P-384': 6, 'P-521': 10 }[key.crv]
    case 'OKP':
      return 1
    case 'unsupported':
      return 0
  }
}
