import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Drive } from './drive.ts'
import type { Order, Reply } from './thread.ts'

/** Makes load in a thread of its own, so that nothing else in this process delays it. */
export type Generator = {
  /** Keeps requests under a name; `send` goes through them in turn. */
  readonly keep: (name: string, requests: readonly Uint8Array[]) => Promise<void>
  /**
   * Sends requests and waits for the answers.
   * @returns for each the time to its answer, in microseconds
   * @throws where an answer is not 200
   */
  readonly send: (name: string, how: Drive) => Promise<Float64Array>
  readonly stop: () => Promise<void>
}

/** Starts the thread. One order at a time. */
export function startGenerator(): Generator {
  const thread = new Worker(new URL('./thread.ts', import.meta.url))
  const order = async (order: Order): Promise<Float64Array> => {
    thread.postMessage(order)
    const [reply] = (await once(thread, 'message')) as [Reply]
    if ('problem' in reply) throw new Error(reply.problem)
    return reply.latencies
  }
  return {
    keep: async (name, requests) => void (await order({ keep: name, requests })),
    send: (name, how) => order({ send: name, how }),
    stop: async () => void (await thread.terminate()),
  }
}
