import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { isRecord } from '../../encoding/is-record.ts'

/** PEM of a certificate (the leaf, then its chain) and of its key. */
export type ClientIdentity = { readonly cert: string; readonly key: string }

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** How a connection is made. */
export type Connection = {
  readonly address: string
  readonly port: number
  /** Null for plain HTTP. */
  readonly tls: {
    /** The SNI; null for none. */
    readonly serverName: string | null
    /** Whether the server's certificate is verified, against `ca` (PEM) or Node's own roots. */
    readonly verify: boolean
    readonly ca: string | null
    readonly identity: ClientIdentity | null
    /** The only version to offer; null for Node's default. */
    readonly version: TlsVersion | null
    /** The session to resume. */
    readonly session: Buffer | null
  } | null
}

/** A completed TLS handshake. */
export type Handshake = {
  readonly protocol: string
  readonly askedForCertificate: boolean
  readonly resumed: boolean
  /** The latest session from the server. */
  readonly session: Buffer | null
}

/** A response, or the reason why there is none. */
export type Exchange =
  | { readonly kind: 'response'; readonly response: HttpResponse; readonly tls: Handshake | null }
  | {
      readonly kind: 'failed'
      /** Where it failed; `limit` if nothing was sent because of the limit of connections. */
      readonly stage: 'limit' | 'connect' | 'handshake' | 'response'
      readonly reason: string
      readonly tls: Handshake | null
    }

/** In milliseconds, for the whole exchange. */
const timeout = 5_000

/**
 * Opens a connection, sends a request, and reads one response.
 * @param octets the whole request in latin1, or null for a handshake only
 */
export function exchange(connection: Connection, octets: string | null): Promise<Exchange> {
  return new Promise((resolve) => {
    const raw = connectTcp({ host: connection.address, port: connection.port })
    const secured = connection.tls === null ? null : connectTls(tlsOptions(raw, connection.tls))
    const stream: Socket = secured ?? raw
    let stage: 'connect' | 'handshake' | 'response' = 'connect'
    let session: Buffer | null = null
    let handshake: Handshake | null = null
    const parts: Buffer[] = []
    const tls = (): Handshake | null => handshake && { ...handshake, session }
    const finish = (result: Exchange) => {
      clearTimeout(timer)
      stream.destroy()
      raw.destroy()
      resolve(result)
    }
    const fail = (reason: string) => finish({ kind: 'failed', stage, reason, tls: tls() })
    const timer = setTimeout(() => fail(`no response within ${timeout / 1000} s`), timeout)
    const read = (ended: boolean) => {
      const response = readResponse(Buffer.concat(parts), ended)
      if (response !== null) finish({ kind: 'response', response, tls: tls() })
      else if (ended) fail('the connection was closed')
    }
    const start = () => {
      stage = 'response'
      if (secured !== null) handshake = handshakeOf(secured)
      if (octets !== null) stream.write(octets, 'latin1')
      // With TLS 1.3 sessions, and refusals of a certificate, arrive after the handshake.
      else setTimeout(() => fail('only a handshake was made'), handshakeWait)
    }
    let size = 0
    raw.on('connect', () => {
      stage = secured === null ? 'response' : 'handshake'
      if (secured === null) start()
    })
    secured?.on('secureConnect', start)
    secured?.on('session', (latest: Buffer) => {
      session = latest
    })
    stream.on('data', (part: Buffer) => {
      size += part.length
      parts.push(part)
      if (size > maxResponseSize) fail(`the response is longer than ${maxResponseSize} octets`)
      else read(false)
    })
    stream.on('end', () => read(true))
    stream.on('close', () => read(true))
    stream.on('error', (error) => fail(errorCode(error)))
    raw.on('error', (error) => fail(errorCode(error)))
  })
}

/** In milliseconds. */
const handshakeWait = 150

function tlsOptions(socket: Socket, tls: NonNullable<Connection['tls']>): ConnectionOptions {
  return {
    socket,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: tls.verify,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.serverName === null ? {} : { servername: tls.serverName }),
    ...(tls.identity === null ? {} : tls.identity),
    ...(tls.session === null ? {} : { session: tls.session }),
    ...(tls.version === null ? {} : { minVersion: tls.version, maxVersion: tls.version }),
    // OpenSSL offers the old versions only at security level 0.
    ...(tls.version === 'TLSv1' || tls.version === 'TLSv1.1'
      ? { ciphers: 'DEFAULT:@SECLEVEL=0' }
      : {}),
  }
}

const handshakeOf = (socket: TLSSocket): Handshake => ({
  protocol: socket.getProtocol() ?? '',
  // OpenSSL knows the server's signature algorithms only from a CertificateRequest.
  askedForCertificate: socket.getSharedSigalgs().length > 0,
  resumed: socket.isSessionReused(),
  session: null,
})

const errorCode = (error: Error & { code?: string }): string => error.code ?? error.message

/** A complete HTTP response. */
export type HttpResponse = {
  readonly status: number
  /** The values of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Decoded as UTF-8; invalid octets are replaced. */
  readonly body: string
}

/** The size limit in octets. */
const maxResponseSize = 256 * 1024

/**
 * Reads an HTTP/1.1 response (RFC 9112 section 6.3) from the octets received so far.
 * @param ended whether the server has closed the connection, which ends a response without a length
 * @returns null if it is incomplete or not HTTP
 */
export function readResponse(octets: Buffer, ended: boolean): HttpResponse | null {
  const headEnd = octets.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first = '', ...lines] = octets.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? Number.NaN)
  if (Number.isNaN(status)) return null
  const rest = octets.subarray(headEnd + 4)
  if (status < 200) return readResponse(rest, ended) // an interim response comes before the final one
  const headers = readHeaders(lines)
  const body = readBody(rest, status, headers, ended)
  return body === null ? null : { status, headers, body: body.toString('utf8') }
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return headers
}

function readBody(
  rest: Buffer,
  status: number,
  headers: ReadonlyMap<string, readonly string[]>,
  ended: boolean,
): Buffer | null {
  if (status === 204 || status === 304) return Buffer.alloc(0)
  if (headers.get('transfer-encoding')?.at(-1)?.toLowerCase() === 'chunked') return readChunks(rest)
  const length = headers.get('content-length')?.[0]
  if (length === undefined) return ended ? rest : null
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : null
}

/** RFC 9112 section 7.1; extensions and trailers are ignored. */
function readChunks(octets: Buffer): Buffer | null {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = octets.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(octets.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) return null
    if (size === 0) return Buffer.concat(chunks)
    const end = lineEnd + 2 + size
    if (octets.length < end + 2) return null
    chunks.push(octets.subarray(lineEnd + 2, end))
    at = end + 2
  }
}

/** The first value of a header, or null. */
export const headerOf = ({ headers }: HttpResponse, name: string): string | null =>
  headers.get(name)?.[0] ?? null

/** The JSON object in the body, or null if the body is anything else. */
export function jsonOf({ body }: HttpResponse): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
