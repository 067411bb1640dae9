/** Header lines as Node has them: name, value, name, value; duplicates and order kept. */
export type RawHeaders = readonly string[]

/** RFC 9110 section 7.6.1: of this connection, not of the message. In lower case. */
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
  // Answered by the front itself.
  'expect',
])

/** What only the edge may say: prefixes of names. */
const edgeOnlyPrefixes = [
  'mf-',
  'cf-',
  'x-forwarded-',
  'client-cert',
  'ssl-client-',
  'x-ssl-client-',
]

/** What only the edge or a TLS terminator may say: whole names. */
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

/** Names compare as they would at a server that takes `_` for `-`, so that neither spelling passes. */
const comparable = (name: string): string => name.toLowerCase().replaceAll('_', '-')

const isEdgeOnly = (comparableName: string): boolean =>
  edgeOnly.has(comparableName) ||
  edgeOnlyPrefixes.some((prefix) => comparableName.startsWith(prefix))

/** RFC 9110 section 7.6.1: a client may name further headers of this connection. */
function connectionOptionsOf(headers: RawHeaders): ReadonlySet<string> {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.split(','))
  const options = new Set(named.map((option) => option.trim().toLowerCase()))
  // These frame the message: a client must not have them dropped on the way.
  for (const framing of ['host', 'content-length']) options.delete(framing)
  return options
}

/** All values of a header, in order. */
export const valuesOf = (headers: RawHeaders, name: string): string[] =>
  headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)

/**
 * What of a client's headers goes on to the Worker: everything, duplicates as duplicates, but what
 * belongs to the connection and what only the edge may say.
 * @param read what the Worker reads of the terminator that it is configured for, in lower case: that
 *   passes in its one spelling
 */
export function passedHeaders(headers: RawHeaders, read: ReadonlySet<string>): string[] {
  const options = connectionOptionsOf(headers)
  const passed: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    const [exact, wanted] = [name.toLowerCase(), comparable(name)]
    if (connectionHeaders.has(wanted) || options.has(exact)) continue
    const isRead = read.has(exact) && !/^(mf|cf)-/.test(exact)
    if (isRead || !isEdgeOnly(wanted)) passed.push(name, value)
  }
  return passed
}

/** What the edge says of the request: the headers that a Worker finds on Cloudflare. */
export function edgeHeaders(address: string, ray: string): string[] {
  // ::ffff:127.0.0.1 is how a listener for both families names IPv4.
  const client = address.replace(/^::ffff:/, '')
  return [
    'CF-Connecting-IP',
    client,
    'CF-Ray',
    ray,
    'CF-Visitor',
    '{"scheme":"https"}',
    'X-Forwarded-For',
    client,
    'X-Forwarded-Proto',
    'https',
  ]
}
