import type { TrustAnchor, UnparsedCertificate } from '../x509/index.ts'

/** The certificates and rules by which the certificates of clients are verified, in one version. */
export type TrustAnchorSet = {
  readonly name: string
  /** Increases with every change of the set. */
  readonly version: number
  readonly certificates: readonly TrustAnchor[]
  /**
   * CAs below the anchors, for partners whose certificates arrive without them. They help to build
   * a path, and a path never ends at one.
   */
  readonly intermediates: readonly UnparsedCertificate[]
  readonly revocation: RevocationPolicy
  /** What is accepted in place of clientAuth in a leaf. */
  readonly extendedKeyUsage: readonly AcceptedKeyUsage[]
  /** Increases with every CRL that replaces another. */
  readonly crlGeneration: number
}

/** Whether certificates are looked up in CRLs (RFC 5280 section 6.3); see docs/security.md. */
export type RevocationPolicy = (typeof revocationPolicies)[number]
export const revocationPolicies = ['off', 'if-available', 'require'] as const

/**
 * What is accepted in place of clientAuth in a leaf's extendedKeyUsage (RFC 5280 section 4.2.1.12): no
 * such extension, anyExtendedKeyUsage, serverAuth.
 */
export type AcceptedKeyUsage = (typeof acceptedKeyUsages)[number]
export const acceptedKeyUsages = ['absent', 'any', 'serverAuth'] as const

/** The same as an option of path validation. */
export function usagePolicyOf(accepted: readonly AcceptedKeyUsage[]) {
  const policyFor = (usage: AcceptedKeyUsage) => (accepted.includes(usage) ? 'accept' : 'refuse')
  return {
    absent: policyFor('absent'),
    any: policyFor('any'),
    serverAuth: policyFor('serverAuth'),
  } as const
}

/** Whether a text can name a trust anchor set. */
export const isTrustAnchorSetName = (text: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(text)
