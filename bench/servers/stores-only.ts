import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import { Hono } from 'hono'
import { findClientRow } from '../../src/clients/client-store.ts'
import { d1Database } from '../../src/storage/database.ts'
import { kvCopies } from '../../src/storage/dated-copy.ts'

type Stores = { readonly DB: D1Database; readonly KV: KVNamespace }

/**
 * Only the D1 and KV operations of a new client's token request: it reads the client and writes its
 * dated copy. The cost of the simulators, to be subtracted from the cost of the request.
 */
const app = new Hono<{ Bindings: Stores }>()

app.post('/token', async (c) => {
  const form = new URLSearchParams(await c.req.text())
  const clientId = form.get('client_id') ?? ''
  const row = await findClientRow(d1Database(c.env.DB), clientId)
  if (row === undefined) return c.json({ error: 'no such client' }, 400)
  const now = Math.floor(Date.now() / 1000)
  const copies = kvCopies(c.env.KV, 300)
  c.executionCtx.waitUntil(
    copies.write(`client:${clientId}`, { asOf: now, value: JSON.stringify(row) }),
  )
  return c.json({ client_id: clientId })
})

// biome-ignore lint/style/noDefaultExport: the entry of a Worker.
export default app
