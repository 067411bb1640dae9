/** In characters. */
const longestUrl = 1024

/** Last labels of names that are resolved in private networks (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const privateNames =
  /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|alt|test|invalid|home\.arpa)$/

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const publicName = new RegExp(`^(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)

/**
 * Whether a host, as URL writes it, is a name of the public DNS, with or without a port. No address is
 * one, in whatever spelling: URL makes `0x7f.1` a plain `127.0.0.1` first.
 */
export function isPublicHost(host: string): boolean {
  const [name = '', port, ...more] = host.split(':')
  if (more.length > 0 || (port !== undefined && !/^[1-9]\d{0,4}$/.test(port))) return false
  return name.length <= 253 && publicName.test(name) && !privateNames.test(name)
}

/**
 * Reads the URL of a list: http (RFC 5280 section 8: over https a chain could need itself; a list is
 * signed anyway) or https, without credentials, at a public host. Null for any other.
 */
export function readListUrl(text: string, base?: URL): URL | null {
  if (text.length > longestUrl || !URL.canParse(text, base?.href)) return null
  const url = new URL(text, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  if (url.username !== '' || url.password !== '' || !isPublicHost(url.host)) return null
  url.hash = ''
  return url.href.length <= longestUrl ? url : null
}
