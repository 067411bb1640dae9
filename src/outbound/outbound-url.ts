/** Which URLs a caller may fetch. What is not set is refused. */
export type UrlPolicy = {
  /** Default: only https. */
  readonly schemes?: readonly ('https:' | 'http:')[]
  /** Also names of private networks and IP addresses. */
  readonly privateHosts?: boolean
}

const maxUrlLength = 1024

/** Last labels of names that resolve in private networks (RFC 6761, 6762, 8375 and 9476). */
const privateNames =
  /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|alt|test|invalid|home\.arpa)$/

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const publicName = new RegExp(`^(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)

/**
 * Whether a host, in the form of `URL.host`, is a name of the public DNS, with or without a port. An IP
 * address is not one in any notation: URL turns `0x7f.1` into `127.0.0.1` first.
 */
export function isPublicHost(host: string): boolean {
  const [name = '', port, ...more] = host.split(':')
  if (more.length > 0 || (port !== undefined && !/^[1-9]\d{0,4}$/.test(port))) return false
  return name.length <= 253 && publicName.test(name) && !privateNames.test(name)
}

/**
 * Reads a URL that may be fetched: an allowed scheme, a public host, no credentials (they would be sent
 * to the party that chose the URL). The fragment is removed.
 * @param base resolves a relative URL
 * @returns null for any other text
 */
export function readOutboundUrl(
  text: string,
  { schemes = ['https:'], privateHosts = false }: UrlPolicy,
  base?: URL,
): URL | null {
  if (text.length > maxUrlLength || !URL.canParse(text, base?.href)) return null
  const url = new URL(text, base)
  if (!schemes.some((scheme) => scheme === url.protocol)) return null
  if (url.username !== '' || url.password !== '') return null
  if (!privateHosts && !isPublicHost(url.host)) return null
  url.hash = ''
  return url.href.length <= maxUrlLength ? url : null
}
