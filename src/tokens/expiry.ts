import { maxTokenTtl } from '../oauth/max-token-ttl.ts'

/** What limits the lifetime of a token. Times in seconds since the epoch. */
export type Lifespan = {
  readonly now: number
  /** As configured, in seconds. */
  readonly ttl: number
  /** The last second in which the proof of the client is valid; null for no limit. */
  readonly notAfter: number | null
}

/**
 * When a token issued now expires: never later than the proof of its client.
 * @returns the value of `exp` (RFC 7519 section 4.1.4); it is `now` in the last second of `notAfter`
 * @throws RangeError if `notAfter` is in the past: the authentication must have failed before
 */
export function tokenExpiry({ now, ttl, notAfter }: Lifespan): number {
  if (notAfter !== null && notAfter < now)
    throw new RangeError('a token for an expired certificate')
  return Math.min(now + Math.min(ttl, maxTokenTtl), notAfter ?? Number.POSITIVE_INFINITY)
}
