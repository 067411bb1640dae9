import type { EdgeProperties } from '../certificate/cloudflare.ts'
import type { Moment } from '../storage/moment.ts'

/**
 * A request's moment, with what it is known by. Read once, where it arrives: each look into the platform's
 * own request costs a hundredth of a token.
 */
export type Visit = Moment & {
  readonly headers: Headers
  /** What Cloudflare's edge tells of the request; undefined elsewhere. */
  readonly cf: EdgeProperties | undefined
  /** Random, of our own making; told to the caller and to the log. */
  readonly requestId: string
  /** Who connects, as the edge tells it; null where it does not. */
  readonly address: string | null
}
