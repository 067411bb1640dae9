import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { toBase64 } from '../../../src/encoding/base64.ts'
import type { PathRequest } from '../../../src/x509/index.ts'

const entry = `
import { verifyCertificatePath } from './index.ts'
import { fromBase64 } from '../encoding/base64.ts'
const revive = (_, value) =>
  typeof value === 'object' && value !== null && 'base64' in value ? fromBase64(value.base64) : value
export default {
  async fetch(request) {
    const outcome = await verifyCertificatePath(JSON.parse(await request.text(), revive))
    return Response.json(outcome.ok ? { ok: true } : outcome)
  },
}`

/** Path validation in workerd, whose WebCrypto is another one than that of Node. */
export async function startX509Worker() {
  const bundle = await build({
    stdin: {
      contents: entry,
      resolveDir: join(import.meta.dirname, '../../../src/x509'),
      loader: 'ts',
    },
    ...{ bundle: true, format: 'esm', target: 'es2024', write: false },
  })
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'x509',
      modules: true,
      script: bundle.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      cf: false,
    }),
  )
  await miniflare.ready
  return {
    /** The outcome as JSON; of an accepted path only that it is one. */
    async verify(request: PathRequest): Promise<Record<string, unknown>> {
      const response = await miniflare.dispatchFetch('http://x509/', {
        method: 'POST',
        body: JSON.stringify(request, withOctets),
      })
      return (await response.json()) as Record<string, unknown>
    },
    dispose: () => miniflare.dispose(),
  }
}

const withOctets = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: toBase64(value) } : value
