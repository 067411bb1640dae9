import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
  request as startRequest,
} from 'node:http'
import { connectionHeaders, valuesOf } from './forwarded-headers.ts'
import { refuse } from './refuse.ts'

/** One request on its way to the Worker. */
export type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly agent: Agent
  /** The origin of workerd's socket. */
  readonly worker: URL
  /** The absolute URL that the Worker is to see. */
  readonly target: string
  /** Name, value, name, value: all but the framing of the body. */
  readonly headers: readonly string[]
}

/** What Cloudflare takes on its smaller plans, in octets. */
const maxBody = 100 * 1024 * 1024

/**
 * Sends a request to the Worker and its answer back, both as streams.
 * @throws where the Worker does not answer; what is on its way already is broken off instead
 */
export function relay(exchange: Exchange): Promise<void> {
  const { request, response, agent, worker, target } = exchange
  if (Number(request.headers['content-length'] ?? 0) > maxBody) {
    refuse(response, 413, 'the body is too large')
    return Promise.resolve()
  }
  const onward = startRequest({
    agent,
    host: worker.hostname,
    port: worker.port,
    method: request.method ?? 'GET',
    path: target, // The absolute form: workerd takes host and scheme from it.
    headers: [...exchange.headers, ...framing(request)],
  })
  const answered = answer(exchange, onward)
  response.once('close', () => {
    if (!response.writableFinished) onward.destroy() // The client has gone.
  })
  sendBody(exchange, onward)
  return answered
}

function answer({ request, response }: Exchange, onward: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    onward.once('response', (incoming) => {
      request.resume() // The rest of the body, if any, goes nowhere.
      const headers = withoutConnectionHeaders(incoming.rawHeaders)
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers)
      incoming.pipe(response)
      incoming.once('error', () => response.destroy())
      incoming.once('end', () => {
        // Answered before the body was sent: the connection to workerd is spoilt.
        if (!onward.writableFinished) onward.destroy()
        resolve()
      })
    })
    // After the answer it only says that the Worker did not want the rest of the body.
    onward.on('error', (fault) => (response.headersSent ? resolve() : reject(fault)))
  })
}

/**
 * Sends the body chunk by chunk, each in the turn after what workerd has sent was read. A Worker may
 * answer without reading on, and workerd then closes: a write into that, before the answer was
 * read, would lose the answer.
 */
function sendBody({ request, response }: Exchange, onward: ClientRequest): void {
  let size = 0
  const answered = (): boolean => response.headersSent || onward.destroyed
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBody && !answered()) {
      refuse(response, 413, 'the body is too large')
      onward.destroy()
    }
    if (answered()) return
    request.pause()
    setImmediate(() => {
      if (answered() || onward.write(chunk)) request.resume()
      else onward.once('drain', () => request.resume())
    })
  })
  request.once('end', () => setImmediate(() => onward.end()))
  request.once('error', () => onward.destroy())
}

/** Methods for which Node, unasked, would not announce a body. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** RFC 9112 section 6.3. Content-Length has been passed on with the other headers. */
function framing(request: IncomingMessage): readonly string[] {
  if (request.headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked']
  if (valuesOf(request.rawHeaders, 'content-length').length > 0) return []
  return bodiless.has(request.method ?? '') ? [] : ['Content-Length', '0']
}

function withoutConnectionHeaders(headers: readonly string[]): string[] {
  return headers.filter((_, i) => {
    const name = headers[i - (i % 2)]?.toLowerCase() ?? ''
    return !connectionHeaders.has(name)
  })
}
