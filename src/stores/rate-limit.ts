import type { RateLimit } from '@cloudflare/workers-types'
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

/** The address of a caller as a key: an IPv6 host owns its whole /64. */
export function addressKey(request: Request): string {
  const text = request.headers.get('cf-connecting-ip') ?? 'unknown'
  const octets = parseIpAddress(text)
  if (octets === null) return text.slice(0, 64)
  const address = formatIpAddress(octets)
  // RFC 4291 section 2.5.5.2: an IPv4 host, each of its own.
  if (octets.length === 4 || address.startsWith('::ffff:')) return address.replace('::ffff:', '')
  return `${formatIpAddress(octets.map((octet, index) => (index < 8 ? octet : 0)))}/64`
}
