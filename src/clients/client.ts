import type { TrustAnchorSet } from '../trust-anchors/trust-anchor-set.ts'
import type { Registration } from './registration.ts'

/** A registered client, as the Worker uses it. */
export type Client = Registration & {
  /** Increases with every change of the client. */
  readonly version: number
  readonly enabled: boolean
  /** Null for a client with self-signed certificates (RFC 8705 section 2.2). */
  readonly trustAnchors: TrustAnchorSet | null
}
