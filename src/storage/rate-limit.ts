import type { RateLimit, RateLimitOutcome } from '@cloudflare/workers-types'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { formatIpAddress, parseIpAddress } from '../x509/index.ts'

/**
 * Counts a request. A limiter that fails allows it: the limit protects the service and must not stop it.
 * @returns whether the caller is within the rate
 */
export const withinRate = (limiter: RateLimit, key: string): Promise<boolean> =>
  limiter.limit({ key }).then(isSuccess, () => true)

const isSuccess = (outcome: RateLimitOutcome | undefined): boolean => outcome?.success ?? true

/** The address of a caller. All callers for which the edge reports none are counted together. */
export const addressOf = ({ address }: { readonly address: string | null }): string =>
  address ?? 'unknown'

const cachedKeys = 1000
const keys = boundedCache<string>(cachedKeys)

/** In characters: IPv6 with an IPv4 part. */
const maxAddressLength = 45

/** The rate limit key of an address: an IPv6 host owns its whole /64. */
export function addressKey(text: string): string {
  const cached = keys.get(text)
  if (cached !== undefined) return cached
  const key = keyOf(text)
  if (text.length <= maxAddressLength) keys.set(text, key)
  return key
}

function keyOf(text: string): string {
  const octets = parseIpAddress(text)
  if (octets === null) return text.slice(0, 64)
  const address = formatIpAddress(octets)
  // RFC 4291 section 2.5.5.2: an IPv4 host, which owns one address.
  if (octets.length === 4 || address.startsWith('::ffff:')) return address.replace('::ffff:', '')
  return `${formatIpAddress(octets.map((octet, index) => (index < 8 ? octet : 0)))}/64`
}
