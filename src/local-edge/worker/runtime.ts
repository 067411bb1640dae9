import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { sourceHeaders } from '../../certificate/describe-sources.ts'
import { parseSourceSettings } from '../../certificate/source-settings.ts'
import { startMiniflare } from '../../local-stores/open-local-stores.ts'
import { projectRoot } from '../../local-stores/project-root.ts'

/** The Worker, running in workerd. */
export type WorkerRuntime = {
  /** The origin of the socket that accepts requests in absolute form, with `MF-CF-Blob`. */
  readonly url: () => Promise<URL>
  readonly db: D1Database
  /** The headers that the configured Worker reads from its TLS terminator, in lower case. */
  readonly sourceHeaders: ReadonlySet<string>
  /** Runs the Worker's scheduled handler once, as the cron trigger does on the platform. */
  readonly runScheduled: () => Promise<void>
  readonly dispose: () => Promise<void>
}

/** The options of {@link startWorker}. */
export type WorkerStart = {
  readonly dataDir: string
  /** One ES module. */
  readonly code: string
  /** Variables and secrets that replace or extend those of wrangler.toml. */
  readonly variables: Readonly<Record<string, string>>
  /** Requests a minute; null: the limits of wrangler.toml. */
  readonly rateLimit: number | null
  /** Gets each line that the Worker logs. */
  readonly onLog: (line: string) => void
}

/** Starts the Worker with the bindings of wrangler.toml; D1 and KV are in the data folder. */
export async function startWorker(start: WorkerStart): Promise<WorkerRuntime> {
  const settings = await wranglerSettings()
  const bindings = { ...settings.bindings, ...start.variables }
  const { miniflare, db, dispose } = await startMiniflare(start.dataDir, 'local edge', {
    ...settings,
    name: 'certbound',
    host: '127.0.0.1',
    modules: [{ type: 'ESModule', path: 'worker.js', contents: start.code }],
    modulesRoot: projectRoot,
    bindings,
    ratelimits: withRateLimit(settings.ratelimits, start.rateLimit),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: true }],
    handleStructuredLogs: ({ message }) => start.onLog(message),
  })
  return {
    dispose,
    // Not stored: after a crash workerd restarts on another port.
    url: () => miniflare.unsafeGetDirectURL(),
    db,
    sourceHeaders: headersReadBy(bindings),
    runScheduled: async () => {
      const worker = await miniflare.getWorker()
      await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
    },
  }
}

/** Settings that are wrong are ignored here: the Worker reports them itself. */
function headersReadBy(bindings: Readonly<Record<string, string>>): ReadonlySet<string> {
  const host = (url = ''): string | null => (URL.canParse(url) ? new URL(url).host : null)
  const hosts = { issuer: host(bindings.ISSUER), mtls: host(bindings.MTLS_ORIGIN) }
  const names = sourceHeaders(parseSourceSettings(bindings, hosts, []))
  return new Set(names.map((name) => name.toLowerCase()))
}

type RateLimit = { namespace_id: string; simple: { limit: number; period: 10 | 60 } }

/** The bindings and flags of wrangler.toml, in miniflare's form. */
type WranglerSettings = {
  readonly bindings: Readonly<Record<string, string>>
  readonly compatibilityDate: string
  readonly compatibilityFlags: string[]
  readonly ratelimits: Record<string, RateLimit>
}

/** Reads wrangler.toml, and `.dev.vars` if it exists, as `wrangler dev` does. */
export async function wranglerSettings(): Promise<WranglerSettings> {
  // Otherwise wrangler prints that secrets are missing: the local edge adds them later.
  process.env.WRANGLER_LOG = 'none'
  process.env.WRANGLER_WRITE_LOGS = 'false'
  const { unstable_getMiniflareWorkerOptions: getWorkerOptions } = await import('wrangler')
  const { workerOptions } = getWorkerOptions(join(projectRoot, 'wrangler.toml'))
  const { bindings, compatibilityDate, compatibilityFlags, ratelimits } = workerOptions
  // wrangler types these as `any`; miniflare validates them.
  return { bindings, compatibilityDate, compatibilityFlags, ratelimits } as WranglerSettings
}

/** Rate limiters with another number of requests a minute; null: the same. */
const withRateLimit = (
  ratelimits: WranglerSettings['ratelimits'],
  limit: number | null,
): WranglerSettings['ratelimits'] =>
  Object.fromEntries(
    Object.entries(ratelimits).map(([name, each]) => [
      name,
      limit === null ? each : { ...each, simple: { limit, period: 60 } },
    ]),
  )
