import { Agent } from 'node:http'
import { Socket } from 'node:net'

/** In milliseconds: shorter than the five seconds after which workerd closes an idle connection. */
const idleTimeout = 3_000

/** In milliseconds: for an answer that has arrived, or nearly, when a write fails. */
const patience = 1_000

/**
 * Keeps connections to workerd open between requests. A Worker may answer without reading the body;
 * workerd then closes, and a write may fail before the answer was read. Node would give up the
 * socket at that, and the answer with it: here a failed write waits for what there is to be read.
 */
export function workerAgent(): Agent {
  const agent = new Agent({ keepAlive: true, timeout: idleTimeout })
  const open = agent.createConnection.bind(agent)
  agent.createConnection = (options, opened) => {
    const socket = open(options, opened)
    return socket instanceof Socket ? answerBeforeFault(socket) : socket
  }
  return agent
}

type Done = (fault?: Error | null) => void

function answerBeforeFault(socket: Socket): Socket {
  const { _write: write, _writev: writeAll } = socket
  const patient =
    (done: Done): Done =>
    (fault) =>
      isGone(fault) ? later(socket, fault, done) : done(fault)
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, patient(done))
  if (writeAll) socket._writev = (chunks, done) => writeAll.call(socket, chunks, patient(done))
  return socket
}

const isGone = (fault: NodeJS.ErrnoException | null | undefined): boolean =>
  fault?.code === 'EPIPE' || fault?.code === 'ECONNRESET'

/** Tells of the fault when all was read, or the socket was given up; or after a while. */
function later(socket: Socket, fault: Error | null | undefined, done: Done): void {
  const tell = (): void => {
    clearTimeout(timer)
    socket.off('end', tell).off('close', tell)
    done(fault)
  }
  const timer = setTimeout(tell, patience)
  socket.once('end', tell).once('close', tell)
}
