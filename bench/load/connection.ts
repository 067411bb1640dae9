import { connect, type Socket } from 'node:net'

/** A keep-alive HTTP/1.1 connection to a server on this machine, for one request at a time. */
export type Connection = {
  /** Sends a whole request. The listener gets the result. */
  readonly send: (request: Uint8Array, listener: Listener) => void
  /** Whether the connection cannot be used any more: it is closed, or a response was invalid. */
  readonly isClosed: () => boolean
  readonly close: () => void
}

/** Gets the result of a request. */
export type Listener = {
  /** A whole response with status 200 has arrived. */
  readonly onAnswer: () => void
  /** Anything else, with a message. The connection is closed then. */
  readonly onFailure: (problem: string) => void
}

/**
 * Opens a connection. It only reads the status and the length of a response, because reading competes
 * for the processor with the measured server.
 */
export async function openConnection(port: number): Promise<Connection> {
  const socket = await opened(port)
  let received: Buffer = Buffer.alloc(0)
  let listener: Listener | null = null
  const fail = (problem: string): void => {
    socket.destroy()
    listener?.onFailure(problem)
  }
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const end = endOfAnswer(received)
    if (end === null || received.length < end) return
    const answer = received
    received = Buffer.alloc(0)
    if (!answer.subarray(0, accepted.length).equals(accepted)) fail(answer.toString('latin1'))
    else if (answer.length > end) fail('more octets than Content-Length')
    else listener?.onAnswer()
  })
  socket.once('error', (error) => fail(String(error)))
  socket.once('end', () => fail('the server closed the connection'))
  return {
    send(request, newListener) {
      listener = newListener
      socket.write(request)
    },
    isClosed: () => socket.destroyed,
    close: () => socket.destroy(),
  }
}

const accepted = Buffer.from('HTTP/1.1 200 ')

/** The end of a response by its Content-Length (RFC 9112 section 6.3), or null before its head is complete. */
function endOfAnswer(octets: Buffer): number | null {
  const headEnd = octets.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const length = /\r\ncontent-length: *(\d+)/i.exec(octets.toString('latin1', 0, headEnd))?.[1]
  return headEnd + 4 + Number(length ?? 0)
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
