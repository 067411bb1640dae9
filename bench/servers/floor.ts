import { Hono } from 'hono'
import { toBase64url } from '../../src/encoding/base64.ts'

/**
 * The least that a token costs on this platform: a Worker that parses a form, makes one ES256 signature
 * over as many octets as a token has, and answers JSON. It checks nothing and keeps its key in memory.
 */
const app = new Hono()

const makeKeys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
let keys: Awaited<ReturnType<typeof makeKeys>> | null = null

/** As long as header and claims of Certbound's tokens, in base64url. */
const padding = 'x'.repeat(520)

app.post('/token', async (c) => {
  const form = new URLSearchParams(await c.req.text())
  keys ??= await makeKeys()
  const signed = new TextEncoder().encode(`${padding}${form.get('client_id')}`)
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    keys.privateKey,
    signed,
  )
  const token = `${padding}.${toBase64url(new Uint8Array(signature))}`
  return c.json({ access_token: token, token_type: 'Bearer', expires_in: 300, scope: 'read' })
})

// biome-ignore lint/style/noDefaultExport: the entry of a Worker.
export default app
