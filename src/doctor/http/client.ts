import {
  type ClientIdentity,
  type Exchange,
  exchange,
  type HttpResponse,
  headerOf,
  type TlsVersion,
} from './exchange.ts'

/** A header line, sent exactly as written. */
export type HeaderLine = readonly [name: string, value: string]

/** One request, with everything that an attacker may want to change. */
export type RequestSpec = {
  /** Its host and port are the address of the connection, and the default of the Host header. */
  readonly url: string
  readonly method?: 'GET' | 'POST'
  /** The request target, if not the URL's. */
  readonly target?: string
  readonly host?: string
  /** The SNI; null for none. */
  readonly serverName?: string | null
  /** Whether the server's certificate is verified. Default true. */
  readonly verify?: boolean
  readonly identity?: ClientIdentity | null
  readonly version?: TlsVersion
  readonly session?: Buffer | null
  readonly headers?: readonly HeaderLine[]
  /** Lines that are sent as they are, before the headers: malformed header lines. */
  readonly rawLines?: readonly string[]
  readonly form?: Readonly<Record<string, string>>
}

/** What was sent in total. */
export type Sent = {
  readonly requests: number
  /** How many of them had a form. */
  readonly posts: number
  readonly connections: number
  readonly throttled: number
  /** The number of connections by `host:port`. */
  readonly places: Readonly<Record<string, number>>
}

/** An HTTP client with a limit of connections, which counts what it sends. */
export type HttpClient = {
  readonly send: (request: RequestSpec) => Promise<Exchange>
  /** Makes only a handshake. */
  readonly handshake: (request: RequestSpec) => Promise<Exchange>
  /** Whether `--resolve` gives an address for the host and port of a URL. */
  readonly isResolved: (url: string) => boolean
  readonly sent: () => Sent
}

/** The address to connect to for a `host:port`. */
export type Resolutions = ReadonlyMap<string, { readonly address: string; readonly port: number }>

export type HttpClientOptions = {
  readonly resolutions: Resolutions
  /** PEM; null for Node's own roots. */
  readonly ca: string | null
  /** The maximum number of connections. */
  readonly limit: number
  /** Waits a number of milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>
}

/** How many 429 responses are retried in total, and the longest wait in seconds. */
const maxRetries = 3
const maxWait = 60

/** Makes a client. */
export function httpClient({ resolutions, ca, limit, pause }: HttpClientOptions): HttpClient {
  const sent = { requests: 0, posts: 0, connections: 0, throttled: 0 }
  const places: Record<string, number> = {}
  let retries = 0
  const connect = async (request: RequestSpec, octets: string | null): Promise<Exchange> => {
    if (sent.connections >= limit) {
      const reason = `the limit of ${limit} connections is reached`
      return { kind: 'failed', stage: 'limit', reason, tls: null }
    }
    const url = new URL(request.url)
    const place = placeOf(url)
    sent.connections++
    places[place] = (places[place] ?? 0) + 1
    if (octets !== null) sent.requests++
    if (octets?.startsWith('POST')) sent.posts++
    const to = resolutions.get(place) ?? { address: bare(url.hostname), port: portOf(url) }
    const tls = url.protocol === 'http:' ? null : tlsOf(request, url, ca)
    return exchange({ ...to, tls }, octets)
  }
  const send = async (request: RequestSpec): Promise<Exchange> => {
    const octets = octetsOf(request)
    const first = await connect(request, octets)
    if (first.kind !== 'response' || first.response.status !== 429) return first
    sent.throttled++
    if (retries >= maxRetries) return first
    retries++
    await pause(1000 * retryAfter(first.response))
    return connect(request, octets)
  }
  return {
    send,
    handshake: (request) => connect(request, null),
    isResolved: (url) => resolutions.has(placeOf(new URL(url))),
    sent: () => ({ ...sent, places: { ...places } }),
  }
}

/** The Retry-After header in seconds, within the limit. */
function retryAfter(response: HttpResponse): number {
  const seconds = Number(headerOf(response, 'retry-after') ?? maxWait)
  return seconds > 0 ? Math.min(seconds, maxWait) : maxWait
}

const placeOf = (url: URL): string => `${url.hostname}:${portOf(url)}`

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'http:' ? 80 : 443))

/** Removes the brackets that an IPv6 address has in a URL. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

const isAddress = (hostname: string): boolean => /^[\d.]+$|^\[/.test(hostname)

const tlsOf = (request: RequestSpec, { hostname }: URL, ca: string | null) => {
  // RFC 6066 section 3: an address is not sent as SNI.
  const defaultName = isAddress(hostname) ? null : hostname
  return {
    serverName: request.serverName === undefined ? defaultName : request.serverName,
    verify: request.verify ?? true,
    ca,
    identity: request.identity ?? null,
    version: request.version ?? null,
    session: request.session ?? null,
  }
}

/** The request in latin1. */
function octetsOf(request: RequestSpec): string {
  const url = new URL(request.url)
  const body = request.form === undefined ? null : new URLSearchParams(request.form).toString()
  const method = request.method ?? (body === null ? 'GET' : 'POST')
  const lines = [
    `${method} ${request.target ?? `${url.pathname}${url.search}`} HTTP/1.1`,
    `Host: ${request.host ?? url.host}`,
    ...(request.rawLines ?? []),
    ...(request.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    'User-Agent: certbound-doctor',
    'Accept: application/json',
    ...(body === null
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]),
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
