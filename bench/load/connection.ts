import { connect, type Socket } from 'node:net'

/** One kept-alive HTTP/1.1 connection to a server of this machine, one request at a time. */
export type Connection = {
  /** Sends a whole request, whose answer comes to the listener. */
  readonly send: (request: Uint8Array, listener: Listener) => void
  /** Whether it is of no use any more: the server has closed it, or its answer was none. */
  readonly isClosed: () => boolean
  readonly close: () => void
}

/** What comes of a request. */
export type Listener = {
  /** A whole answer with status 200 has come. */
  readonly onAnswer: () => void
  /** Anything else, in words. Nothing comes after that. */
  readonly onFailure: (problem: string) => void
}

/**
 * Opens a connection. Of an answer no more is read than its status and length: what reads it competes
 * with what is measured for the processor.
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
    else if (answer.length > end) fail('more octets than Content-Length said')
    else listener?.onAnswer()
  })
  socket.once('error', (fault) => fail(String(fault)))
  socket.once('end', () => fail('the server closed the connection'))
  return {
    send(request, itsListener) {
      listener = itsListener
      socket.write(request)
    },
    isClosed: () => socket.destroyed,
    close: () => socket.destroy(),
  }
}

const accepted = Buffer.from('HTTP/1.1 200 ')

/** Where an answer ends, or null while its head is not there. RFC 9112 section 6.3: by its length. */
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
