import { parentPort } from 'node:worker_threads'
import { type Drive, drive, type Pool } from './drive.ts'

/** A command to the thread: store requests under a name, or send the requests of a name in turn. */
export type Command =
  | { readonly store: string; readonly requests: readonly Uint8Array[] }
  | { readonly send: string; readonly options: Drive }

/** The reply to a command. */
export type Reply = { readonly latencies: Float64Array } | { readonly problem: string }

const stored = new Map<string, () => Uint8Array>()
const pool: Pool = new Map()

parentPort?.on('message', async (command: Command) => {
  const reply = await handle(command).catch((error): Reply => ({ problem: String(error) }))
  parentPort?.postMessage(reply)
})

async function handle(command: Command): Promise<Reply> {
  if ('store' in command) {
    stored.set(command.store, inTurn(command.requests))
    return { latencies: new Float64Array() }
  }
  const next = stored.get(command.send)
  if (next === undefined) throw new Error(`no requests by the name ${command.send}`)
  return { latencies: await drive(command.options, next, pool) }
}

/** Gives the requests in turn, again and again. */
function inTurn(requests: readonly Uint8Array[]): () => Uint8Array {
  let turn = 0
  return () => {
    const request = requests[turn++ % requests.length]
    if (request === undefined) throw new Error('no requests')
    return request
  }
}
