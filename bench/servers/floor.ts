import { Hono } from 'hono'
import { toBase64url } from '../../src/encoding/base64.ts'

/**
 * What a token costs at least on this platform: a Worker that parses a form, makes one ES256 signature
 * over as many octets as a token has, and answers JSON. It checks nothing and remembers its key.
 */
const app = new Hono()

const makeKeys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
let keys: Awaited<ReturnType<typeof makeKeys>> | null = null

/** Header and claims of a token of ours have about so many characters, in base64url. */
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
