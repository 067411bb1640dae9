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
  /** Look-ups of names among the subtrees of name constraints. */
  names: number
  /** Nodes and edges of policy graphs. */
  policies: number
}

/** The parts of a {@link Budget}, and what may be presented at all. */
export type BudgetPart = keyof Budget | 'certificates'

/**
 * A path of nine P-521 certificates fits once, with a tenth signature that fails. A real chain
 * spends two or three signatures and steps, no look-ups, a handful of nodes.
 */
export const newBudget = (): Budget => ({
  signatures: 100,
  steps: 500,
  names: 20_000,
  policies: 20_000,
})

/** How many certificates a caller may present besides the leaf; TLS clients send two or three. */
export const maxPresented = 64

/**
 * How many octets all presented certificates may have: reading them costs about 0.2 ms a kilobyte.
 * Real chains have five thousand; edges pass on 26 000 at most.
 */
export const maxPresentedOctets = 3 << 14

/** What a verification costs, in P-256 verifications: by the key, and by what has to be hashed. */
export const signatureCost = (key: PublicKey, octets: number): number =>
  keyCost(key) + Math.floor(octets / hashedPerUnit)

/** In octets: hashed in about 0.1 ms. */
const hashedPerUnit = 1 << 15

/** The part of {@link signatureCost} that is the key's. */
export function keyCost(key: PublicKey): number {
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
