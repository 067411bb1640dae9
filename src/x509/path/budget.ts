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
 * A path of ten P-521 certificates fits three times over; all of it takes less than 40 ms. Real
 * chains spend three units and three steps.
 */
export const newBudget = (): Budget => ({ signatures: 320, steps: 2000 })

/** How many certificates a caller may present besides the leaf; TLS clients send two or three. */
export const maxPresented = 64

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
