import type { Refusal } from '../oauth/refusal.ts'
import type { Target } from './target.ts'

const modernTls: ReadonlySet<unknown> = new Set(['TLSv1.2', 'TLSv1.3'])

/**
 * Refuses what did not come to one of our hosts over TLS 1.2 or newer (RFC 8705 section 7.2 leans
 * on BCP 195), before anything else is looked at.
 * @param hosts host names with ports, as in URL.host
 */
export function guard(
  request: Request,
  { host, protocol }: Target,
  hosts: ReadonlySet<string>,
): Refusal | null {
  if (host === '') return { code: 'host_unknown', host }
  const tlsVersion = request.cf?.tlsVersion
  if (protocol !== 'https:' || !modernTls.has(tlsVersion)) {
    return { code: 'transport_insecure', protocol, tlsVersion: String(tlsVersion) }
  }
  return hosts.has(host) ? null : { code: 'host_unknown', host }
}
