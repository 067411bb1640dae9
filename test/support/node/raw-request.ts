import { isIP } from 'node:net'
import { connect } from 'node:tls'

/** Octets to send over TLS as they are: nothing is corrected, completed or put in order. */
export type RawRequest = {
  readonly port: number
  /** PEM of the CA of the server's certificate, for whatever name. */
  readonly ca: string
  /** The name in the handshake; default localhost, null for none. */
  readonly servername?: string | null
  /** PEM of the client's certificate, with whatever chain is to be sent, and of its key. */
  readonly cert?: string
  readonly key?: string
  readonly text: string
}

/** All that came back until the end of the connection. */
export type RawAnswer = {
  /** Of the first response; null where none came. */
  readonly status: number | null
  readonly text: string
  /** Why the connection ended, where that was an error. */
  readonly failure: string | null
}

/** In milliseconds. A server that waits for more of a request is not waited for. */
const patience = 3_000

/** Sends a text to a port of 127.0.0.1 and reads until the server ends the connection. */
export function rawRequest(wish: RawRequest): Promise<RawAnswer> {
  const { port, ca, cert, key, text } = wish
  const servername = wish.servername === undefined ? 'localhost' : (wish.servername ?? '')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let failure: string | null = null
    const socket = connect({
      host: '127.0.0.1',
      port,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(servername) ? {} : { servername }),
      // A request in another's name is to be sent, not given up.
      ca,
      checkServerIdentity: () => undefined,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    })
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('secureConnect', () => socket.write(text))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', (error) => {
      failure = error.message
    })
    socket.on('close', () => {
      const got = Buffer.concat(chunks).toString()
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(got)?.[1]
      resolve({ status: status === undefined ? null : Number(status), text: got, failure })
    })
  })
}
