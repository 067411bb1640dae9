import type { PublicKey } from '../keys/public-key.ts'

/**
 * What one search may spend, in operations: the clock of a Worker stands still while it computes, so
 * time cannot be measured. Nothing is given back when the search takes another way.
 */
export type Budget = {
  /** Weighed by cost; see {@link keyCost}. */
  signatures: number
  /** Encoded elements of the certificates that are parsed, the leaf excepted. */
  elements: number
  /** Certificates tried as an issuer. */
  steps: number
  /** Look-ups of names among the subtrees of name constraints. */
  names: number
  /** Nodes and edges of policy graphs. */
  policies: number
  /** Octets of CRLs that are read, hashed or searched. */
  crls: number
}

/** The parts of a {@link Budget}, and what may be presented at all. */
export type BudgetPart = keyof Budget | 'certificates'

/**
 * A path of nine P-521 certificates fits once, with a tenth signature that fails. A real chain has
 * two or three signatures and steps, no look-ups, a handful of nodes.
 */
export const newBudget = (crls = defaultMaxCrlOctets): Budget => ({
  signatures: 250,
  elements: 20_000,
  steps: 500,
  names: 10_000,
  policies: 10_000,
  crls,
})

/**
 * Octets of CRLs that are read, hashed and searched: 40 ms. A list is charged three times, so lists of
 * 100,000 entries fit; longer ones need a higher limit or an index.
 */
export const defaultMaxCrlOctets = 1 << 24

/** The cost of an octet of a CRL outside of its entries: such octets may be names. */
export const crlHeaderWeight = 100

/** How many CRLs a caller may offer: each costs about 0.1 ms before its entries. */
export const maxCrls = 128

/** How many certificates a caller may present besides the leaf; TLS clients send two or three. */
export const maxPresented = 64

/** How many intermediates the verifier may hold. */
export const maxKnown = 32

/**
 * How many octets all presented certificates may have: reading them costs about 0.2 ms a kilobyte.
 * Real chains have five thousand; edges pass on 26 000 at most.
 */
export const maxPresentedOctets = 3 << 14

/** What a verification costs: by the key, and by what has to be hashed. */
export const signatureCost = (key: PublicKey, octets: number): number =>
  keyCost(key) + Math.floor(octets / hashedPerUnit)

/** In octets: hashed in about 0.1 ms. */
const hashedPerUnit = 1 << 15

/**
 * The part of {@link signatureCost} that is the key's, import and all, in units of 0.1 ms on Node,
 * which is the slower one: in workerd P-256 takes a third of that, P-521 ten times as much as P-256.
 */
export function keyCost(key: PublicKey): number {
  switch (key.kty) {
    case 'RSA':
      return 3 + Math.floor(key.bits / 4096)
    case 'EC':
      return { 'P-256': 3, 'P-384': 13, 'P-521': 25 }[key.crv]
    case 'OKP':
      return 2
    case 'unsupported':
      return 0
  }
}
