import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { cfBlob, requestCf } from '../cf/request-cf.ts'
import { type Handshake, noCertificate, type TlsClientAuth } from '../cf/tls-client-auth.ts'
import { edgeHeaders, passedHeaders } from './forwarded-headers.ts'
import { presentedInHandshake } from './handshake.ts'
import { answerMalformed, refuse } from './refuse.ts'
import { relay } from './relay.ts'
import { requestTarget } from './request-target.ts'
import { type ServerIdentity, tlsOptions } from './tls-options.ts'
import { workerAgent } from './worker-agent.ts'

/** What a listener needs to stand in front of the Worker. */
export type FrontOptions = {
  readonly identity: ServerIdentity
  /** Whether clients are asked for a certificate. */
  readonly requestCertificate: boolean
  /** Fills `request.cf.tlsClientAuth`; called once a connection that brought a certificate. */
  readonly judge: (handshake: Handshake) => Promise<TlsClientAuth>
  /** The Worker; a promise while it starts. */
  readonly worker: () => Promise<WorkerBehind>
}

/** The Worker, as a listener sees it. */
export type WorkerBehind = {
  /** The origin of workerd's socket. */
  readonly origin: URL
  /** The headers in which it takes a terminator's word, in lower case. */
  readonly sourceHeaders: ReadonlySet<string>
}

/** In milliseconds, for clients that come back. */
const keepAlive = 65_000

/** An HTTPS server that hands every request to the Worker as Cloudflare's edge does. Not listening. */
export function createFront(options: FrontOptions): Server {
  const agent = workerAgent()
  const evidence = new WeakMap<object, Promise<TlsClientAuth>>()
  const evidenceOf = (socket: TLSSocket): Promise<TlsClientAuth> => {
    const known = evidence.get(socket)
    if (known !== undefined) return known
    const handshake = options.requestCertificate ? presentedInHandshake(socket) : null
    const judged = handshake === null ? Promise.resolve(noCertificate) : options.judge(handshake)
    evidence.set(socket, judged)
    return judged
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = requestTarget(request)
    if (!target.ok) return refuse(response, 400, target.error)
    const address = request.socket.remoteAddress ?? ''
    const cf = requestCf(request, await evidenceOf(request.socket as TLSSocket))
    const ray = `${randomBytes(8).toString('hex')}-LOCAL`
    const { origin: worker, sourceHeaders } = await options.worker()
    const headers = passedHeaders(request.rawHeaders, sourceHeaders)
    headers.push(...edgeHeaders(address, ray), 'MF-CF-Blob', cfBlob(cf))
    await relay({ request, response, agent, worker, target: target.value, headers })
  }

  const server = createServer(tlsOptions(options.identity, options.requestCertificate))
  // Node would drop headers beyond two thousand without a word; their size is limited anyway.
  server.maxHeadersCount = 0
  server.keepAliveTimeout = keepAlive
  server.on('request', (request, response) => {
    handle(request, response).catch((fault: unknown) => {
      refuse(response, 502, `the Worker did not answer (${describe(fault)})`)
    })
  })
  server.on('clientError', answerMalformed)
  server.on('close', () => agent.destroy())
  return server
}

const describe = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault)
