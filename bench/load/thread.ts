import { parentPort } from 'node:worker_threads'
import { type Drive, drive, type Pool } from './drive.ts'

/** What the thread is told: requests to keep under a name, or to send those of a name in turn. */
export type Order =
  | { readonly keep: string; readonly requests: readonly Uint8Array[] }
  | { readonly send: string; readonly how: Drive }

/** What it answers to each order. */
export type Reply = { readonly latencies: Float64Array } | { readonly problem: string }

const kept = new Map<string, () => Uint8Array>()
const pool: Pool = new Map()

parentPort?.on('message', async (order: Order) => {
  const reply = await obey(order).catch((fault): Reply => ({ problem: String(fault) }))
  parentPort?.postMessage(reply)
})

async function obey(order: Order): Promise<Reply> {
  if ('keep' in order) {
    kept.set(order.keep, inTurn(order.requests))
    return { latencies: new Float64Array() }
  }
  const next = kept.get(order.send)
  if (next === undefined) throw new Error(`no requests by the name ${order.send}`)
  return { latencies: await drive(order.how, next, pool) }
}

/** One after the other and from the start again; the next drive goes on where the last one stopped. */
function inTurn(requests: readonly Uint8Array[]): () => Uint8Array {
  let turn = 0
  return () => {
    const request = requests[turn++ % requests.length]
    if (request === undefined) throw new Error('no requests')
    return request
  }
}
