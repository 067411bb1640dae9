import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'

const modernTls: ReadonlySet<unknown> = new Set(['TLSv1.2', 'TLSv1.3'])

/** RFC 9110 section 9.2.1: what may be replayed without harm. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Refuses early data, which may be a replay, and what did not come to one of our hosts over TLS 1.2 or
 * newer (RFC 8705 section 7.2 leans on BCP 195), before anything else is looked at.
 * @param hosts host names with ports, as in URL.host
 */
export function guard(
  { method, headers, cf, target: { host, path, protocol } }: RequestContext,
  hosts: ReadonlySet<string>,
): Refusal | null {
  // RFC 8470 section 5.2; section 5.1: whatever the field holds, and however often, it means 1.
  if (headers.has('early-data') && !safeMethods.has(method)) {
    return { code: 'early_data', method }
  }
  if (host === '') return { code: 'host_unknown', host }
  const tlsVersion = cf?.tlsVersion
  if (protocol !== 'https:' || !modernTls.has(tlsVersion)) {
    return { code: 'transport_insecure', protocol, tlsVersion: String(tlsVersion) }
  }
  if (!hosts.has(host)) return { code: 'host_unknown', host }
  // No path of ours needs escaping. A terminator that decides by the path must see what we see.
  return path.includes('%') ? { code: 'path_unknown', path } : null
}
