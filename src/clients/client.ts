import type { Bytes } from '../encoding/bytes.ts'
import type { Registration } from './registration.ts'

/** The anchors that may vouch for a client, in one version of their set. */
export type TrustAnchorSet = {
  readonly name: string
  /** Goes up with every change of the set. */
  readonly version: number
  /** DER. */
  readonly certificates: readonly Bytes[]
}

/** A client as it stands in the store. */
export type Client = Registration & {
  /** Goes up with every change of the row. */
  readonly version: number
  readonly enabled: boolean
  /** Null for a client whose certificate nobody vouches for (RFC 8705 section 2.2). */
  readonly trustAnchors: TrustAnchorSet | null
}
