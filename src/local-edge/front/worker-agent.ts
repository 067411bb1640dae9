import { Agent } from 'node:http'
import { Socket } from 'node:net'

/** In milliseconds. Shorter than workerd's own timeout of five seconds for idle connections. */
const idleTimeout = 3_000

/** In milliseconds: how long a failed write waits for a response. */
const responseTimeout = 1_000

/**
 * Keeps connections to workerd open between requests. A Worker may answer without reading the body;
 * workerd then closes the connection, and a write may fail before the response is read. Node would
 * destroy the socket and lose the response. Here a failed write waits until the response is read.
 */
export function workerAgent(): Agent {
  const agent = new Agent({ keepAlive: true, timeout: idleTimeout })
  const open = agent.createConnection.bind(agent)
  agent.createConnection = (options, opened) => {
    const socket = open(options, opened)
    return socket instanceof Socket ? delayWriteErrors(socket) : socket
  }
  return agent
}

type Done = (error?: Error | null) => void

function delayWriteErrors(socket: Socket): Socket {
  const { _write: write, _writev: writeAll } = socket
  const delayed =
    (done: Done): Done =>
    (error) =>
      isClosed(error) ? afterReading(socket, error, done) : done(error)
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, delayed(done))
  if (writeAll) socket._writev = (chunks, done) => writeAll.call(socket, chunks, delayed(done))
  return socket
}

const isClosed = (error: NodeJS.ErrnoException | null | undefined): boolean =>
  error?.code === 'EPIPE' || error?.code === 'ECONNRESET'

/** Reports the error when everything is read, the socket is closed, or the timeout ends. */
function afterReading(socket: Socket, error: Error | null | undefined, done: Done): void {
  const report = (): void => {
    clearTimeout(timer)
    socket.off('end', report).off('close', report)
    done(error)
  }
  const timer = setTimeout(report, responseTimeout)
  socket.once('end', report).once('close', report)
}
