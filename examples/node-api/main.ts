import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { api } from './api.ts'

/** An API on Node behind nginx: nginx.conf beside this file. */
const { ISSUER = '', AUDIENCE = '', PROXY_CREDENTIAL = '', PORT = '3000' } = process.env

const app = api({ issuer: ISSUER, audience: AUDIENCE, proxyCredential: PROXY_CREDENTIAL })

// On loopback, where only nginx can reach it; the credential proves that it is nginx.
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
) as Server

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => server.close())
}
