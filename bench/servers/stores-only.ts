import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import { Hono } from 'hono'
import { d1Clients } from '../../src/clients/d1-clients.ts'
import { kvCopies } from '../../src/storage/dated-copy.ts'

type Stores = { readonly DB: D1Database; readonly KV: KVNamespace }

/**
 * What a token request of a new client has D1 and KV do, and nothing else: the client is read, its
 * dated copy written. It is what simulators of them cost, and to be taken off the cost of the request.
 */
const app = new Hono<{ Bindings: Stores }>()

app.post('/token', async (c) => {
  const form = new URLSearchParams(await c.req.text())
  const clientId = form.get('client_id') ?? ''
  const row = await d1Clients(c.env.DB).find(clientId)
  if (row === null) return c.json({ error: 'no such client' }, 400)
  const now = Math.floor(Date.now() / 1000)
  const copies = kvCopies(c.env.KV, 300)
  c.executionCtx.waitUntil(copies.write(`client:${clientId}`, { asOf: now, value: row }))
  return c.json({ client_id: clientId })
})

// biome-ignore lint/style/noDefaultExport: the entry of a Worker.
export default app
