import { type Connection, openConnection } from './connection.ts'

/** How requests are sent. */
export type Drive = {
  readonly port: number
  readonly times: number
  readonly connections: number
  /** Arrivals a second at even distances, whatever the answers do; null: as soon as answers come. */
  readonly rate: number | null
}

/** Connections that are open and have nothing to do, by the port they lead to. */
export type Pool = Map<number, readonly Connection[]>

/**
 * Sends requests and waits for all answers.
 * @param next the next request
 * @param pool where connections come from and go back to: opening them is no part of what is measured
 * @returns for each request the time to its answer in microseconds, from when it was due: one that had
 * to wait for a free connection has waited too
 * @throws where an answer is not 200
 */
export async function drive(how: Drive, next: () => Uint8Array, pool: Pool): Promise<Float64Array> {
  const { port, connections: count } = how
  const open = (pool.get(port) ?? []).filter((connection) => !connection.isClosed()).slice(0, count)
  while (open.length < count) open.push(await openConnection(port))
  try {
    const latencies = await send(how, next, open)
    pool.set(port, open)
    return latencies
  } catch (fault) {
    for (const connection of open) connection.close()
    pool.delete(port)
    throw fault
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
    // Timers have milliseconds: a paced drive looks at the clock in every turn instead.
    if (rate !== null && sent < times) setImmediate(sendDue)
  }
  sendDue()
  await done
  return latencies
}
