import { maxTokenTtl } from '../oauth/max-token-ttl.ts'

/** What bounds the life of a token. Times in seconds since the epoch. */
export type Lifespan = {
  readonly now: number
  /** As configured, in seconds. */
  readonly ttl: number
  /** The last second of the certificate's, the path's or the CRL's validity; null for no bound. */
  readonly notAfter: number | null
}

/**
 * When a token issued now expires: never beyond what its client's authentication rests on.
 * @returns the value of `exp` (RFC 7519 section 4.1.4); it is `now` in the last second of `notAfter`
 * @throws RangeError where `notAfter` is past: authentication must have refused before
 */
export function tokenExpiry({ now, ttl, notAfter }: Lifespan): number {
  if (notAfter !== null && notAfter < now)
    throw new RangeError('a token for an expired certificate')
  return Math.min(now + Math.min(ttl, maxTokenTtl), notAfter ?? Number.POSITIVE_INFINITY)
}
