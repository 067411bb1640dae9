import type { TrustAnchorSet } from '../trust-anchors/trust-anchor-set.ts'
import type { Registration } from './registration.ts'

/** A client as it stands in the store. */
export type Client = Registration & {
  /** Goes up with every change of the row. */
  readonly version: number
  readonly enabled: boolean
  /** Null for a client whose certificate nobody vouches for (RFC 8705 section 2.2). */
  readonly trustAnchors: TrustAnchorSet | null
}
