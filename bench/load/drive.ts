import { type Connection, openConnection } from './connection.ts'

/** How requests are sent. */
export type Drive = {
  readonly port: number
  readonly times: number
  readonly connections: number
  /** Arrivals a second at even distances, whatever the answers do; null: as soon as answers come. */
  readonly rate: number | null
}

/**
 * Sends requests and waits for all answers.
 * @param next the next request
 * @returns for each request the time to its answer in microseconds, from when it was due: one that had
 * to wait for a free connection has waited too
 * @throws where an answer is not 200
 */
export async function drive(
  { port, times, connections: count, rate }: Drive,
  next: () => Uint8Array,
): Promise<Float64Array> {
  const latencies = new Float64Array(times)
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const idle: Connection[] = []
  const connections: Connection[] = []
  let sent = 0
  let answered = 0
  const start = performance.now()
  const dueAt = (n: number): number => (rate === null ? 0 : start + (n * 1000) / rate)
  const open = async (): Promise<Connection> => {
    let due = 0
    const onAnswer = (): void => {
      latencies[answered++] = (performance.now() - due) * 1000
      if (answered === times) resolve()
      idle.push(connection)
      if (rate === null) sendDue()
    }
    const onFailure = (problem: string): void => reject(new Error(`port ${port}: ${problem}`))
    const raw = await openConnection(port, { onAnswer, onFailure })
    const send = (request: Uint8Array): void => {
      due = rate === null ? performance.now() : dueAt(sent)
      raw.send(request)
    }
    const connection = { send, close: raw.close }
    return connection
  }
  const sendDue = (): void => {
    while (sent < times && idle.length > 0 && dueAt(sent) <= performance.now()) {
      idle.pop()?.send(next())
      sent++
    }
    // Timers have milliseconds: a paced drive looks at the clock in every turn instead.
    if (rate !== null && sent < times) setImmediate(sendDue)
  }
  for (let i = 0; i < count; i++) connections.push(await open())
  idle.push(...connections)
  sendDue()
  await done.finally(() => {
    for (const connection of connections) connection.close()
  })
  return latencies
}
