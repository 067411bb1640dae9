import { isIP } from 'node:net'
import { connect } from 'node:tls'

/** A request that is sent over TLS exactly as given: nothing is corrected or completed. */
export type RawRequest = {
  readonly port: number
  /** PEM of the CA of the server's certificate. The server's name is not checked. */
  readonly ca: string
  /** The server name in the handshake. Default: localhost; null: none. */
  readonly servername?: string | null
  /** PEM of the client's certificate with the chain sent, and of its key. */
  readonly cert?: string
  readonly key?: string
  readonly text: string
}

/** Everything received until the connection ended. */
export type RawAnswer = {
  /** Of the first response; null without a response. */
  readonly status: number | null
  readonly text: string
  /** The error that ended the connection, or null. */
  readonly failure: string | null
}

/** In milliseconds. Ends the wait for a server that itself waits for the rest of a request. */
const timeout = 3_000

/** Sends a text to a port of 127.0.0.1 and reads until the server ends the connection. */
export function rawRequest(request: RawRequest): Promise<RawAnswer> {
  const { port, ca, cert, key, text } = request
  const servername = request.servername === undefined ? 'localhost' : (request.servername ?? '')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let failure: string | null = null
    const socket = connect({
      host: '127.0.0.1',
      port,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(servername) ? {} : { servername }),
      // Tests send requests under another host's name.
      ca,
      checkServerIdentity: () => undefined,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    })
    socket.setTimeout(timeout, () => socket.destroy())
    socket.on('secureConnect', () => socket.write(text))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', (error) => {
      failure = error.message
    })
    socket.on('close', () => {
      const received = Buffer.concat(chunks).toString()
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1]
      resolve({ status: status === undefined ? null : Number(status), text: received, failure })
    })
  })
}
