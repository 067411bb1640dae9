import { once } from 'node:events'
import { connect } from 'node:tls'

/** A client that connects twice to a port of 127.0.0.1. */
export type ResumingClient = {
  readonly port: number
  /** PEM of the CA of the server's certificate. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly version: 'TLSv1.2' | 'TLSv1.3'
}

/** Whether a server resumes the TLS session of an earlier connection, and with it the certificate. */
export async function resumes(client: ResumingClient): Promise<boolean> {
  const { session } = await connectOnce(client)
  return session !== undefined && (await connectOnce(client, session)).reused
}

async function connectOnce({ version, ...rest }: ResumingClient, session?: Buffer) {
  const socket = connect({
    host: '127.0.0.1',
    servername: 'localhost',
    ...rest,
    minVersion: version,
    maxVersion: version,
    ...(session === undefined ? {} : { session }),
  })
  let offered: Buffer | undefined
  // In TLS 1.3 the session arrives after the handshake, at the latest with the response.
  socket.on('session', (received: Buffer) => {
    offered = received
  })
  socket.resume()
  await once(socket, 'secureConnect')
  const reused = socket.isSessionReused()
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  return { reused, session: offered }
}
