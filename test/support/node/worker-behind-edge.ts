import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare'
import { edgeClientAuth } from '../../../src/local-edge/cf/edge-verdict.ts'
import { createFront } from '../../../src/local-edge/front/front.ts'
import { listenOnLoopback } from '../../../src/local-edge/front/loopback.ts'
import { projectRoot } from '../../../src/local-stores/project-root.ts'
import { fetchWithCertificate } from './fetch-with-certificate.ts'
import type { LocalEdge } from './local-edge.ts'
import { serverOf, type TlsApi } from './tls-api.ts'

/** A Worker other than Certbound. */
export type OtherWorker = {
  /** The entry file, relative to the project, or the source. */
  readonly entry: string | { readonly source: string }
  readonly bindings?: Readonly<Record<string, string>>
}

const nowInSeconds = (): number => Math.floor(Date.now() / 1000)

/**
 * Starts another Worker in workerd behind a TLS front that fills `request.cf` as the edge does. It uses
 * the server certificate of a local edge, and its fetches trust that edge's CA.
 */
export async function startWorkerBehindEdge(edge: LocalEdge, worker: OtherWorker): Promise<TlsApi> {
  const outbound = fetchWithCertificate({ ca: edge.ca })
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'api',
      modules: true,
      script: await bundled(worker.entry),
      cf: false,
      compatibilityDate: '2026-10-01',
      bindings: { ...worker.bindings },
      handleStructuredLogs: () => {}, // The tests check responses, not logs.
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: true }],
      outboundService: async (request) => {
        const { method, url } = request
        const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
        const headers = Object.fromEntries(request.headers)
        const answer = await outbound(url, { method, headers, body, redirect: 'manual' })
        const { status } = answer
        const init = { status, headers: Object.fromEntries(answer.headers) }
        return new MiniflareResponse(await answer.arrayBuffer(), init)
      },
    }),
  )
  await miniflare.ready
  const { cert, key } = serverOf(edge)
  const front = () =>
    createFront({
      identity: { cert, key },
      requestCertificate: true,
      clientAuth: edgeClientAuth([], nowInSeconds),
      worker: async () => ({
        origin: await miniflare.unsafeGetDirectURL(),
        sourceHeaders: new Set<string>(),
      }),
    })
  const listening = await listenOnLoopback(front, 0)
  if (!listening.ok) throw new Error(listening.error.why)
  const { port, close } = listening.value
  const stop = async () => {
    await close()
    await miniflare.dispose()
    await outbound.close()
  }
  return { origin: `https://localhost:${port}`, stop }
}

async function bundled(entry: OtherWorker['entry']): Promise<string> {
  const { outputFiles } = await build({
    ...(typeof entry === 'string'
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.source, resolveDir: projectRoot, loader: 'ts' as const } }),
    absWorkingDir: projectRoot,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
    conditions: ['certbound-source', 'workerd', 'worker'],
    external: ['cloudflare:*'],
  })
  return outputFiles[0]?.text ?? ''
}
