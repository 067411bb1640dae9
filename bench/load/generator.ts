import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Drive } from './drive.ts'
import type { Command, Reply } from './thread.ts'

/** Generates load in its own thread, so that nothing else in this process delays it. */
export type Generator = {
  /** Stores requests under a name. `send` sends them in turn. */
  readonly store: (name: string, requests: readonly Uint8Array[]) => Promise<void>
  /**
   * Sends requests and waits for the responses.
   * @returns for each request the time to its response, in microseconds
   * @throws if a response is not 200
   */
  readonly send: (name: string, options: Drive) => Promise<Float64Array>
  readonly stop: () => Promise<void>
}

/** Starts the thread. It handles one command at a time. */
export function startGenerator(): Generator {
  const thread = new Worker(new URL('./thread.ts', import.meta.url))
  const run = async (command: Command): Promise<Float64Array> => {
    thread.postMessage(command)
    const [reply] = (await once(thread, 'message')) as [Reply]
    if ('problem' in reply) throw new Error(reply.problem)
    return reply.latencies
  }
  return {
    store: async (name, requests) => void (await run({ store: name, requests })),
    send: (name, options) => run({ send: name, options }),
    stop: async () => void (await thread.terminate()),
  }
}
