import { type HttpAnswer, headerOf } from './answer.ts'
import { type ClientIdentity, type Exchanged, exchange, type TlsVersion } from './exchange.ts'

export { type HttpAnswer, headerOf, jsonOf } from './answer.ts'
export type { ClientIdentity, Exchanged, Shaken, TlsVersion } from './exchange.ts'

/** A header line as it is sent, letter for letter. */
export type HeaderLine = readonly [name: string, value: string]

/** One request, with everything that an intruder may want to get wrong. */
export type Sending = {
  /** The URL; its host and port are where the connection goes and what stands in Host. */
  readonly url: string
  readonly method?: 'GET' | 'POST'
  /** The request target in place of the URL's. */
  readonly target?: string
  readonly host?: string
  /** What the handshake names; null for nothing. */
  readonly serverName?: string | null
  /** Default true: the server must prove itself. */
  readonly verify?: boolean
  readonly identity?: ClientIdentity | null
  readonly version?: TlsVersion
  readonly session?: Buffer | null
  readonly headers?: readonly HeaderLine[]
  /** Lines that go in as they are, before the others: for what is no header line at all. */
  readonly rawLines?: readonly string[]
  readonly form?: Readonly<Record<string, string>>
}

/** What was sent in all. */
export type Sent = {
  readonly requests: number
  /** Of these, to a token endpoint or another one that takes forms. */
  readonly posts: number
  readonly connections: number
  readonly throttled: number
  /** `host:port` with the number of connections. */
  readonly places: Readonly<Record<string, number>>
}

/** The bounded way out: every connection and request is counted. */
export type Wire = {
  readonly send: (sending: Sending) => Promise<Exchanged>
  /** A handshake and nothing else. */
  readonly shake: (sending: Sending) => Promise<Exchanged>
  /** Whether something stands where this URL leads by `--resolve`. */
  readonly isResolved: (url: string) => boolean
  readonly sent: () => Sent
}

/** `host:port` to where a connection goes instead. */
export type Resolutions = ReadonlyMap<string, { readonly address: string; readonly port: number }>

export type WireOptions = {
  readonly resolutions: Resolutions
  /** PEM; null for the roots that Node brings. */
  readonly ca: string | null
  /** Connections in all. */
  readonly limit: number
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>
}

/** How often a 429 is waited for in all, and for how long at most, in seconds. */
const waits = 3
const longestWait = 60

/** Makes the way out. */
export function openWire({ resolutions, ca, limit, pause }: WireOptions): Wire {
  const sent = { requests: 0, posts: 0, connections: 0, throttled: 0 }
  const places: Record<string, number> = {}
  let waited = 0
  const once = async (sending: Sending, octets: string | null): Promise<Exchanged> => {
    if (sent.connections >= limit) {
      return { kind: 'none', at: 'budget', why: `${limit} connections are enough`, tls: null }
    }
    const url = new URL(sending.url)
    const place = `${url.hostname}:${portOf(url)}`
    sent.connections++
    places[place] = (places[place] ?? 0) + 1
    if (octets !== null) sent.requests++
    if (octets?.startsWith('POST')) sent.posts++
    const to = resolutions.get(place) ?? { address: bare(url.hostname), port: portOf(url) }
    return exchange(
      { ...to, tls: url.protocol === 'http:' ? null : tlsOf(sending, url, ca) },
      octets,
    )
  }
  const send = async (sending: Sending): Promise<Exchanged> => {
    const octets = octetsOf(sending)
    const first = await once(sending, octets)
    if (first.kind !== 'answer' || first.answer.status !== 429) return first
    sent.throttled++
    if (waited >= waits) return first
    waited++
    await pause(1000 * secondsToWait(first.answer))
    return once(sending, octets)
  }
  return {
    send,
    shake: (sending) => once(sending, null),
    isResolved: (url) => resolutions.has(`${new URL(url).hostname}:${portOf(new URL(url))}`),
    sent: () => ({ ...sent, places: { ...places } }),
  }
}

function secondsToWait(answer: HttpAnswer): number {
  const seconds = Number(headerOf(answer, 'retry-after') ?? longestWait)
  return seconds > 0 ? Math.min(seconds, longestWait) : longestWait
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'http:' ? 80 : 443))

/** An IPv6 address without the brackets that it has in a URL. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

const isAddress = (hostname: string): boolean => /^[\d.]+$|^\[/.test(hostname)

const tlsOf = (sending: Sending, { hostname }: URL, ca: string | null) => ({
  // RFC 6066 section 3: addresses are not named.
  serverName:
    sending.serverName === undefined ? (isAddress(hostname) ? null : hostname) : sending.serverName,
  verify: sending.verify ?? true,
  ca,
  identity: sending.identity ?? null,
  version: sending.version ?? null,
  session: sending.session ?? null,
})

/** The request as it goes out, latin1. */
function octetsOf(sending: Sending): string {
  const url = new URL(sending.url)
  const body = sending.form === undefined ? null : new URLSearchParams(sending.form).toString()
  const method = sending.method ?? (body === null ? 'GET' : 'POST')
  const lines = [
    `${method} ${sending.target ?? `${url.pathname}${url.search}`} HTTP/1.1`,
    `Host: ${sending.host ?? url.host}`,
    ...(sending.rawLines ?? []),
    ...(sending.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    'User-Agent: certbound-doctor',
    'Accept: application/json',
    ...(body === null
      ? []
      : [`Content-Type: application/x-www-form-urlencoded`, `Content-Length: ${body.length}`]),
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
