import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { D1Database } from '@cloudflare/workers-types'
import { wranglerSettings } from '../../src/local-edge/worker/runtime.ts'
import { localBindings } from '../../src/local-stores/open-local-stores.ts'
import { childrenOf, type Server } from './server.ts'

/** The path of the workerd binary. */
const workerd = createRequire(import.meta.url)('workerd') as { readonly default: string }

/** A Worker in its own workerd, with D1 and KV in the same process. */
export type WorkerServer = Server & {
  readonly db: D1Database
  /** The URL of workerd's inspector. Needs `inspected`. */
  readonly inspector: () => Promise<URL>
}

/** The options of {@link startWorkerd}. */
export type WorkerStart = {
  /** ES modules by file name. The first one is the entry. */
  readonly modules: Readonly<Record<string, string>>
  /** The folder of D1 and KV; null: in memory. */
  readonly dataDir: string | null
  readonly variables?: Readonly<Record<string, string>>
  readonly inspected?: boolean
}

/**
 * Starts a Worker with the settings and bindings of wrangler.toml, without rate limiters. Requests go
 * directly to workerd's socket, in absolute form with `request.cf` in `MF-CF-Blob`. Log output is
 * discarded.
 */
export async function startWorkerd(start: WorkerStart): Promise<WorkerServer> {
  const [{ convertV4MiniflareOptions, Miniflare }, settings] = await Promise.all([
    import('miniflare'),
    wranglerSettings(),
  ])
  process.env.BENCH_WORKERD = workerd.default
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(
    new URL('workerd-without-output', import.meta.url),
  )
  const before = new Set(childrenOf(process.pid))
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      ...settings,
      ratelimits: {},
      ...localBindings,
      name: 'bench',
      host: '127.0.0.1',
      modules: Object.entries(start.modules).map(
        ([path, contents]) => ({ type: 'ESModule', path, contents }) as const,
      ),
      modulesRoot: '.',
      bindings: { ...settings.bindings, ...start.variables },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: true }],
      ...(start.inspected === true ? { inspectorPort: 0 } : {}),
    }),
    cf: false,
    ...(start.dataDir === null ? {} : { resourcePersistencePath: join(start.dataDir, 'storage') }),
  })
  const { DB } = await miniflare.getBindings<{ DB: D1Database }>()
  const url = await miniflare.unsafeGetDirectURL()
  const pid = childrenOf(process.pid).find((child) => !before.has(child))
  if (pid === undefined) throw new Error('workerd was not started')
  return {
    port: Number(url.port),
    pid,
    db: DB,
    inspector: () => miniflare.getInspectorURL(),
    stop: () => miniflare.dispose(),
  }
}
