import { once } from 'node:events'
import type { Server } from 'node:https'
import { err, ok, type Result } from '../../encoding/result.ts'

/** Listeners on one port of the loopback addresses, and nowhere else. */
export type LoopbackListener = {
  readonly port: number
  /** Lets requests under way finish for a moment, then ends all connections. */
  close(): Promise<void>
}

/** In milliseconds. */
const grace = 2_000

/**
 * Listens on 127.0.0.1 and, where the machine has it, on ::1.
 * @param makeServer called once for each address
 * @param port 0 is any free one
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
  const sixth = await listen(second, '::1', bound)
  if (sixth === 'EADDRINUSE') {
    first.close()
    // A port that is free on one address only is as good as taken, unless any would do.
    return port === 0 ? listenOnLoopback(makeServer, 0) : err({ why: 'port_in_use', port })
  }
  const servers = typeof sixth === 'string' ? [first] : [first, second]
  return ok({ port: bound, close: () => closeAll(servers) })
}

/** The port, or the code of the error. */
async function listen(server: Server, host: string, port: number): Promise<number | string> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault)
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())))
  for (const server of servers) server.closeIdleConnections()
  const hurry = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, grace)
  await Promise.all(closed)
  clearTimeout(hurry)
}
