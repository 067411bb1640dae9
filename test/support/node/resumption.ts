import { once } from 'node:events'
import { connect } from 'node:tls'

/** A client that comes back to a port of 127.0.0.1. */
export type Returning = {
  readonly port: number
  /** PEM of the CA of the server's certificate. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly version: 'TLSv1.2' | 'TLSv1.3'
}

/** Whether a server takes up the session of an earlier connection, and with it its certificate. */
export async function resumes(client: Returning): Promise<boolean> {
  const { session } = await visit(client)
  return session !== undefined && (await visit(client, session)).reused
}

async function visit({ version, ...rest }: Returning, session?: Buffer) {
  const socket = connect({
    host: '127.0.0.1',
    servername: 'localhost',
    ...rest,
    minVersion: version,
    maxVersion: version,
    ...(session === undefined ? {} : { session }),
  })
  let offered: Buffer | undefined
  // In TLS 1.3 it comes after the handshake, with the answer at the latest.
  socket.on('session', (one: Buffer) => {
    offered = one
  })
  socket.resume()
  await once(socket, 'secureConnect')
  const reused = socket.isSessionReused()
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  return { reused, session: offered }
}
