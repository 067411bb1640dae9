import { randomBytes, type X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Bytes } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { cfBlob, requestCf } from '../cf/request-cf.ts'
import { type Handshake, noCertificate, type TlsClientAuth } from '../cf/tls-client-auth.ts'
import { edgeHeaders, forwardedHeaders, valuesOf } from './forwarded-headers.ts'
import { answerMalformed, refuse } from './refuse.ts'
import { relay } from './relay.ts'
import { type ServerIdentity, tlsOptions } from './tls-options.ts'
import { workerAgent } from './worker-agent.ts'

/** What a listener needs. */
export type FrontOptions = {
  readonly identity: ServerIdentity
  /** Whether clients are asked for a certificate. */
  readonly requestCertificate: boolean
  /** Fills `request.cf.tlsClientAuth`. Called once for each connection with a certificate. */
  readonly clientAuth: (handshake: Handshake) => Promise<TlsClientAuth>
  /** The Worker; pending while it starts. */
  readonly worker: () => Promise<WorkerTarget>
}

/** The Worker behind a listener. */
export type WorkerTarget = {
  /** The origin of workerd's socket. */
  readonly origin: URL
  /** The headers that the Worker reads from its TLS terminator, in lower case. */
  readonly sourceHeaders: ReadonlySet<string>
}

/** In milliseconds. */
const keepAliveTimeout = 65_000

/** An HTTPS server that passes every request to the Worker as Cloudflare's edge does. Not listening yet. */
export function createFront(options: FrontOptions): Server {
  const agent = workerAgent()
  const clientAuths = new WeakMap<object, Promise<TlsClientAuth>>()
  const clientAuthOf = (socket: TLSSocket): Promise<TlsClientAuth> => {
    const known = clientAuths.get(socket)
    if (known !== undefined) return known
    const handshake = options.requestCertificate ? presentedInHandshake(socket) : null
    const clientAuth =
      handshake === null ? Promise.resolve(noCertificate) : options.clientAuth(handshake)
    clientAuths.set(socket, clientAuth)
    return clientAuth
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = requestTarget(request)
    if (!target.ok) return refuse(response, 400, target.error)
    const address = request.socket.remoteAddress ?? ''
    const cf = requestCf(request, await clientAuthOf(request.socket as TLSSocket))
    const ray = `${randomBytes(8).toString('hex')}-LOCAL`
    const { origin: worker, sourceHeaders } = await options.worker()
    const headers = forwardedHeaders(request.rawHeaders, sourceHeaders)
    headers.push(...edgeHeaders(address, ray), 'MF-CF-Blob', cfBlob(cf))
    await relay({ request, response, agent, worker, target: target.value, headers })
  }

  const server = createServer(tlsOptions(options.identity, options.requestCertificate))
  // By default Node drops headers beyond 2,000 silently. maxHeaderSize limits their size already.
  server.maxHeadersCount = 0
  server.keepAliveTimeout = keepAliveTimeout
  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      refuse(response, 502, `the Worker did not answer (${reason})`)
    })
  })
  server.on('clientError', answerMalformed)
  server.on('close', () => agent.destroy())
  return server
}

/**
 * All certificates that the client sent in the handshake, in the order sent, unrelated ones and
 * duplicates included; null if it sent none.
 *
 * Not `getPeerCertificate(true)`, which reorders and drops certificates. The server must have
 * `ca: []`: if OpenSSL can build a path, it replaces the certificates sent by those of the path.
 */
function presentedInHandshake(socket: TLSSocket): Handshake | null {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return null
  const chain: Bytes[] = []
  let next: X509Certificate | undefined = leaf.issuerCertificate
  while (next !== undefined) {
    chain.push(Uint8Array.from(next.raw))
    next = next.issuerCertificate
  }
  return { leaf: Uint8Array.from(leaf.raw), chain }
}

const authority = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * The absolute URL of a request, its path unchanged.
 * @returns the URL, or a message that says why the request is refused
 */
function requestTarget(request: IncomingMessage): Result<string, string> {
  const hosts = valuesOf(request.rawHeaders, 'host')
  const [host] = hosts
  // RFC 9112 section 3.2: exactly one Host, and it is an authority.
  if (host === undefined || hosts.length > 1) return err('want exactly one Host header')
  // The pattern accepts some ports and addresses that no URL can have.
  if (!authority.test(host) || !URL.canParse(`https://${host}`)) return err('Host is no host name')
  const path = request.url ?? ''
  // RFC 9112 section 3.2.1: only the origin form. The absolute form is for proxies.
  if (!path.startsWith('/')) return err('want a request target that begins with /')
  return ok(`https://${host}${path}`)
}
