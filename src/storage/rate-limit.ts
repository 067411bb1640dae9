import type { RateLimit, RateLimitOutcome } from '@cloudflare/workers-types'
import { boundedCache } from '../encoding/bounded-cache.ts'
import { formatIpAddress, parseIpAddress } from '../x509/index.ts'

/**
 * Counts a request, and says whether its caller is within the rate. The limiter protects the service:
 * where it fails itself, the service goes on.
 */
export const withinRate = (limiter: RateLimit, key: string): Promise<boolean> =>
  limiter.limit({ key }).then(isWithin, goOn)

const isWithin = (outcome: RateLimitOutcome | undefined): boolean => outcome?.success ?? true
const goOn = (): boolean => true

/** The keys of so many addresses are remembered. */
const remembered = 1000
const keys = boundedCache<string>(remembered)

/** The address that a request comes from; all of those that the edge tells nothing of share one name. */
export const addressOf = ({ address }: { readonly address: string | null }): string =>
  address ?? 'unknown'

/** An address as a key: an IPv6 host owns its whole /64. */
export function addressKey(text: string): string {
  const known = keys.get(text)
  if (known !== undefined) return known
  const key = keyOf(text)
  if (text.length <= longestAddress) keys.set(text, key)
  return key
}

/** In characters: of IPv6 with an IPv4 part. */
const longestAddress = 45

function keyOf(text: string): string {
  const octets = parseIpAddress(text)
  if (octets === null) return text.slice(0, 64)
  const address = formatIpAddress(octets)
  // RFC 4291 section 2.5.5.2: an IPv4 host, each of its own.
  if (octets.length === 4 || address.startsWith('::ffff:')) return address.replace('::ffff:', '')
  return `${formatIpAddress(octets.map((octet, index) => (index < 8 ? octet : 0)))}/64`
}
