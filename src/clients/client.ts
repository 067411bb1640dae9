import type { Bytes } from '../encoding/bytes.ts'
import type { Registration } from './registration.ts'

/** The anchors that may vouch for a client, in one version of their set. */
export type TrustAnchorSet = {
  readonly name: string
  /** Goes up with every change of the set. */
  readonly version: number
  /** DER. */
  readonly certificates: readonly Bytes[]
  /**
   * DER: CAs below the anchors, for partners whose certificates come without them. They help to find
   * a path and vouch for nobody.
   */
  readonly intermediates: readonly Bytes[]
  readonly revocation: RevocationPolicy
  /** What is taken for clientAuth in a leaf. */
  readonly extendedKeyUsage: readonly AcceptedKeyUsage[]
  /** Goes up with every CRL that takes the place of another. */
  readonly crlGeneration: number
}

/** Whether certificates are looked up in CRLs (RFC 5280 section 6.3); see docs/security.md. */
export type RevocationPolicy = (typeof revocationPolicies)[number]
export const revocationPolicies = ['off', 'if-available', 'require'] as const

/**
 * What may stand in place of clientAuth in a leaf's extendedKeyUsage (RFC 5280 section 4.2.1.12): no
 * such extension, anyExtendedKeyUsage, serverAuth.
 */
export type AcceptedKeyUsage = (typeof acceptedKeyUsages)[number]
export const acceptedKeyUsages = ['absent', 'any', 'serverAuth'] as const

/** A client as it stands in the store. */
export type Client = Registration & {
  /** Goes up with every change of the row. */
  readonly version: number
  readonly enabled: boolean
  /** Null for a client whose certificate nobody vouches for (RFC 8705 section 2.2). */
  readonly trustAnchors: TrustAnchorSet | null
}
