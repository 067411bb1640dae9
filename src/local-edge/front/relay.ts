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
  /** The absolute URL that the Worker gets. */
  readonly target: string
  /** Name, value, name, value: all but Transfer-Encoding. */
  readonly headers: readonly string[]
}

/** Cloudflare's limit on its smaller plans, in octets. */
const maxBody = 100 * 1024 * 1024

/**
 * Streams a request to the Worker and its response back to the client.
 * @throws if the Worker does not answer; if its response breaks off, so does the client's
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
    path: target, // Absolute form: workerd takes host and scheme from it.
    headers: [...exchange.headers, ...framing(request)],
  })
  const answered = answer(exchange, onward)
  response.once('close', () => {
    if (!response.writableFinished) onward.destroy() // The client has disconnected.
  })
  sendBody(exchange, onward)
  return answered
}

function answer({ request, response }: Exchange, onward: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    onward.once('response', (incoming) => {
      request.resume() // The rest of the body, if any, is discarded.
      const headers = withoutConnectionHeaders(incoming.rawHeaders)
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers)
      incoming.pipe(response)
      incoming.once('error', () => response.destroy())
      incoming.once('end', () => {
        // If the Worker answered before it got the whole body, the connection cannot be used again.
        if (!onward.writableFinished) onward.destroy()
        resolve()
      })
    })
    // An error after the response only means that the Worker did not read the rest of the body.
    onward.on('error', (error) => (response.headersSent ? resolve() : reject(error)))
  })
}

/**
 * Sends the body chunk by chunk, each one in the event loop turn after reading from workerd. A Worker
 * may answer without reading the whole body; workerd then closes the connection. A write to it
 * before the response is read would lose the response.
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

/** Methods whose requests have no body, unless a header announces one. */
const withoutBody = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** RFC 9112 section 6.3. A Content-Length header is among the forwarded headers already. */
function framing(request: IncomingMessage): readonly string[] {
  if (request.headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked']
  if (valuesOf(request.rawHeaders, 'content-length').length > 0) return []
  return withoutBody.has(request.method ?? '') ? [] : ['Content-Length', '0']
}

function withoutConnectionHeaders(headers: readonly string[]): string[] {
  return headers.filter((_, i) => {
    const name = headers[i - (i % 2)]?.toLowerCase() ?? ''
    return !connectionHeaders.has(name)
  })
}
