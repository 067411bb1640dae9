import { type Connection, openConnection } from './connection.ts'

/** How to send requests. */
export type Drive = {
  readonly port: number
  readonly times: number
  readonly connections: number
  /** Requests a second at even intervals; null: each connection sends after its last response. */
  readonly rate: number | null
}

/** Open idle connections by port. */
export type Pool = Map<number, readonly Connection[]>

/**
 * Sends requests and waits for all responses.
 * @param next gives the next request
 * @param pool the connections to use, because opening them must not be measured
 * @returns for each request the time to its response in microseconds, from the time it was due: the wait
 *   for a free connection counts
 * @throws if a response is not 200
 */
export async function drive(
  options: Drive,
  next: () => Uint8Array,
  pool: Pool,
): Promise<Float64Array> {
  const { port, connections: count } = options
  const open = (pool.get(port) ?? []).filter((connection) => !connection.isClosed()).slice(0, count)
  while (open.length < count) open.push(await openConnection(port))
  try {
    const latencies = await send(options, next, open)
    pool.set(port, open)
    return latencies
  } catch (error) {
    for (const connection of open) connection.close()
    pool.delete(port)
    throw error
  }
}

async function send(
  { port, times, rate }: Drive,
  next: () => Uint8Array,
  connections: readonly Connection[],
): Promise<Float64Array> {
  const latencies = new Float64Array(times)
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const idle = [...connections]
  let sent = 0
  let answered = 0
  const start = performance.now()
  const dueAt = (n: number): number =>
    rate === null ? performance.now() : start + (n * 1000) / rate
  const onFailure = (problem: string): void => reject(new Error(`port ${port}: ${problem}`))
  const sendOver = (connection: Connection): void => {
    const due = dueAt(sent)
    const onAnswer = (): void => {
      latencies[answered++] = (performance.now() - due) * 1000
      idle.push(connection)
      if (answered === times) resolve()
      else if (rate === null) sendDue()
    }
    connection.send(next(), { onAnswer, onFailure })
    sent++
  }
  const sendDue = (): void => {
    while (sent < times && dueAt(sent) <= performance.now()) {
      const connection = idle.pop()
      if (connection === undefined) break
      sendOver(connection)
    }
    // Timers are too coarse (milliseconds), so the clock is checked in every turn of the event loop.
    if (rate !== null && sent < times) setImmediate(sendDue)
  }
  sendDue()
  await done
  return latencies
}
