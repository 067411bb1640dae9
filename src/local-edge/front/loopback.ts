import { once } from 'node:events'
import type { Server } from 'node:https'
import { err, ok, type Result } from '../../encoding/result.ts'

/** Listeners on one port of the loopback addresses only. */
export type LoopbackListener = {
  readonly port: number
  /** Waits briefly for requests in progress, then closes all connections. */
  close(): Promise<void>
}

/** In milliseconds. */
const closeTimeout = 2_000

/**
 * Listens on 127.0.0.1 and, if the machine has IPv6, on ::1.
 * @param makeServer called once for each address
 * @param port 0: any free port
 */
export async function listenOnLoopback(
  makeServer: () => Server,
  port: number,
): Promise<Result<LoopbackListener, { readonly why: 'port_in_use'; readonly port: number }>> {
  const first = makeServer()
  const bound = await listen(first, '127.0.0.1', port)
  if (typeof bound === 'string') {
    if (bound !== 'EADDRINUSE') throw new Error(`cannot listen on 127.0.0.1:${port}: ${bound}`)
    return err({ why: 'port_in_use', port })
  }
  const second = makeServer()
  const boundV6 = await listen(second, '::1', bound)
  if (boundV6 === 'EADDRINUSE') {
    first.close()
    // Another process has the port on ::1. With port 0 another port will do.
    return port === 0 ? listenOnLoopback(makeServer, 0) : err({ why: 'port_in_use', port })
  }
  const servers = typeof boundV6 === 'string' ? [first] : [first, second]
  return ok({ port: bound, close: () => closeAll(servers) })
}

/** The port, or the code of the error. */
async function listen(server: Server, host: string, port: number): Promise<number | string> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())))
  for (const server of servers) server.closeIdleConnections()
  const timer = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, closeTimeout)
  await Promise.all(closed)
  clearTimeout(timer)
}
