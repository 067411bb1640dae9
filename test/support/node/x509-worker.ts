import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { toBase64 } from '../../../src/encoding/base64.ts'
import type { PathRequest } from '../../../src/x509/index.ts'
import type { Signed } from '../../../src/x509/keys/verify-signature.ts'

const entry = `
import { verifyCertificatePath, verifySignature } from './index.ts'
import { readPublicKey } from './keys/public-key.ts'
import { fromBase64 } from '../encoding/base64.ts'
import { readElement } from './schema.ts'
const revive = (_, value) =>
  typeof value === 'object' && value !== null && 'base64' in value ? fromBase64(value.base64) : value
const judge = async (request) => {
  const outcome = await verifyCertificatePath(request)
  return outcome.ok ? { ok: true } : outcome
}
const check = (list) =>
  Promise.all(
    list.map(({ signed, spki }) => verifySignature(signed, readPublicKey(readElement(spki)))),
  )
export default {
  async fetch(request) {
    const asked = JSON.parse(await request.text(), revive)
    return Response.json(await (Array.isArray(asked) ? check(asked) : judge(asked)))
  },
}`

/** A signed structure, and the key to verify it with. */
export type SignatureQuestion = { readonly signed: Signed; readonly spki: Uint8Array }

/** Path validation in workerd, whose WebCrypto differs from Node's. */
export async function startX509Worker() {
  const bundle = await build({
    stdin: {
      contents: entry,
      resolveDir: join(import.meta.dirname, '../../../src/x509'),
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
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
  const ask = async (question: unknown): Promise<unknown> => {
    const body = JSON.stringify(question, withOctets)
    const response = await miniflare.dispatchFetch('http://x509/', { method: 'POST', body })
    return response.json()
  }
  return {
    /** The outcome as JSON, for an accepted path without the path. */
    verify: async (request: PathRequest) => (await ask(request)) as Record<string, unknown>,
    /** For each signature whether it is valid. */
    verifySignatures: async (list: readonly SignatureQuestion[]) => (await ask(list)) as boolean[],
    dispose: () => miniflare.dispose(),
  }
}

const withOctets = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: toBase64(value) } : value
