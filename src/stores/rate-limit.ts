import type { RateLimit } from '@cloudflare/workers-types'
import { boundedMemory } from '../encoding/bounded-memory.ts'
import { formatIpAddress, parseIpAddress } from '../x509/index.ts'

/**
 * Whether a caller is within its rate. The limiter protects the service; where it fails itself, the
 * service goes on.
 */
export async function withinRate(limiter: RateLimit, key: string): Promise<boolean> {
  try {
    return (await limiter.limit({ key })).success
  } catch {
    return true
  }
}

/** The keys of so many addresses are remembered. */
const remembered = 1000
const keys = boundedMemory<string>(remembered)

/** The address that a request comes from, as the edge tells it. */
export const connectingAddress = ({ headers }: Request): string =>
  headers.get('cf-connecting-ip') ?? 'unknown'

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
