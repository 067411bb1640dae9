import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'

const modernTls: ReadonlySet<unknown> = new Set(['TLSv1.2', 'TLSv1.3'])

/** RFC 9110 section 9.2.1: a replay of these does no harm. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Refuses early data, which may be a replay, and requests that did not come to a configured host over TLS
 * 1.2 or newer (RFC 8705 section 7.2 requires BCP 195).
 * @param hosts host names with ports, as in URL.host
 */
export function guard(
  { method, headers, cf, target: { host, protocol } }: RequestContext,
  hosts: ReadonlySet<string>,
): Refusal | null {
  // RFC 8470 section 5.2; section 5.1: any value, and any number of fields, means 1.
  if (headers.has('early-data') && !safeMethods.has(method)) {
    return { code: 'early_data', method }
  }
  if (host === '') return { code: 'host_unknown', host } // the URL cannot be parsed
  const tlsVersion = cf?.tlsVersion
  if (protocol !== 'https:' || !modernTls.has(tlsVersion)) {
    return { code: 'transport_insecure', protocol, tlsVersion: String(tlsVersion) }
  }
  return hosts.has(host) ? null : { code: 'host_unknown', host }
}
