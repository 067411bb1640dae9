/** Header lines as Node gives them: name, value, name, value; with duplicates, in order. */
export type RawHeaders = readonly string[]

/** Headers of the connection, not of the message (RFC 9110 section 7.6.1). In lower case. */
export const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Node answers this one itself.
  'expect',
])

/** Headers that only the edge may set: prefixes of names. */
const edgeOnlyPrefixes = [
  'mf-',
  'cf-',
  'x-forwarded-',
  'client-cert',
  'ssl-client-',
  'x-ssl-client-',
]

/** Headers that only the edge or a TLS terminator may set: whole names. */
const edgeOnly = new Set([
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'cdn-loop',
  'x-client-cert',
  'x-arr-clientcert',
  'x-amzn-mtls-clientcert',
  'x-amzn-mtls-clientcert-leaf',
])

/** Some servers treat `_` as `-`: a client must not pass an edge header in either spelling. */
const normalized = (name: string): string => name.toLowerCase().replaceAll('_', '-')

const isEdgeOnly = (name: string): boolean =>
  edgeOnly.has(name) || edgeOnlyPrefixes.some((prefix) => name.startsWith(prefix))

/** The headers that a client names in Connection (RFC 9110 section 7.6.1). */
function connectionOptionsOf(headers: RawHeaders): ReadonlySet<string> {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.split(','))
  const options = new Set(named.map((option) => option.trim().toLowerCase()))
  // These frame the message. If a client could remove them, the Worker would read another message.
  for (const framing of ['host', 'content-length']) options.delete(framing)
  return options
}

/** All values of a header, in order. */
export const valuesOf = (headers: RawHeaders, name: string): string[] =>
  headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)

/**
 * The client's headers that the Worker gets: all, with duplicates, except those of the connection
 * and those that only the edge may set.
 * @param sourceHeaders headers of the TLS terminator that the Worker is configured for, in lower
 *   case: they pass, in exactly this spelling
 */
export function forwardedHeaders(
  headers: RawHeaders,
  sourceHeaders: ReadonlySet<string>,
): string[] {
  const options = connectionOptionsOf(headers)
  const forwarded: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    const exact = name.toLowerCase()
    if (connectionHeaders.has(normalized(name)) || options.has(exact)) continue
    const isSource = sourceHeaders.has(exact) && !/^(mf|cf)-/.test(exact)
    if (isSource || !isEdgeOnly(normalized(name))) forwarded.push(name, value)
  }
  return forwarded
}

/** The headers that Cloudflare's edge adds to a request. */
export function edgeHeaders(address: string, ray: string): string[] {
  // A listener for IPv4 and IPv6 writes an IPv4 address as ::ffff:127.0.0.1.
  const client = address.replace(/^::ffff:/, '')
  const headers = {
    'CF-Connecting-IP': client,
    'CF-Ray': ray,
    'CF-Visitor': '{"scheme":"https"}',
    'X-Forwarded-For': client,
    'X-Forwarded-Proto': 'https',
  }
  return Object.entries(headers).flat()
}
