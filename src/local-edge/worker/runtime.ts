import type { D1Database } from '@cloudflare/workers-types'
import { sourceHeaders } from '../../certificate/describe-sources.ts'
import { parseSourceSettings } from '../../certificate/source-settings.ts'
import { forgetDeadOwners } from '../../local-stores/dead-owners.ts'
import { projectRoot } from '../../local-stores/project-root.ts'
import { recordRuntime } from '../../local-stores/runtime-record.ts'
import { localBindings, sharedStorageOptions } from '../../local-stores/shared-storage.ts'
import { withRateLimit, wranglerSettings } from './wrangler-settings.ts'

/** The Worker in workerd. */
export type WorkerRuntime = {
  /** The origin of the socket that takes requests in absolute form, with `MF-CF-Blob`. */
  readonly url: () => Promise<URL>
  readonly db: D1Database
  /** The headers that its configuration has it read of a terminator, in lower case. */
  readonly sourceHeaders: ReadonlySet<string>
  /** Runs the Worker's scheduled handler once, as the cron trigger does on the platform. */
  readonly runScheduled: () => Promise<void>
  readonly dispose: () => Promise<void>
}

/** What the Worker is started with. */
export type WorkerStart = {
  readonly dataDir: string
  /** One ES module. */
  readonly code: string
  /** Variables and secrets on top of those of wrangler.toml. */
  readonly variables: Readonly<Record<string, string>>
  /** Requests a minute, in place of the limits of wrangler.toml. */
  readonly rateLimit: number | null
  /** Takes what the Worker logs: one line of console output each. */
  readonly onLog: (line: string) => void
}

/** Starts the Worker with the bindings of wrangler.toml, D1 and KV in the data folder. */
export async function startWorker(start: WorkerStart): Promise<WorkerRuntime> {
  const [{ convertV4MiniflareOptions, Miniflare }, settings] = await Promise.all([
    import('miniflare'),
    wranglerSettings(),
  ])
  await forgetDeadOwners(start.dataDir)
  const signals = signalListeners()
  const forget = recordRuntime(start.dataDir, 'local edge')
  const bindings = { ...settings.bindings, ...start.variables }
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      ...settings,
      ...localBindings,
      name: 'certbound',
      host: '127.0.0.1',
      modules: [{ type: 'ESModule', path: 'worker.js', contents: start.code }],
      modulesRoot: projectRoot,
      bindings,
      ...(start.rateLimit === null
        ? {}
        : { ratelimits: withRateLimit(settings.ratelimits, start.rateLimit) }),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: true }],
      handleStructuredLogs: ({ message }) => start.onLog(message),
    }),
    ...sharedStorageOptions(start.dataDir),
  })
  signals.removeNew()
  const dispose = async (): Promise<void> => {
    await miniflare.dispose()
    forget()
  }
  const { DB } = await miniflare.getBindings<{ DB: D1Database }>().catch(async (fault) => {
    await dispose()
    throw fault
  })
  return {
    dispose,
    // Asked anew each time: a workerd that crashed comes back on another port.
    url: () => miniflare.unsafeGetDirectURL(),
    db: DB,
    sourceHeaders: headersReadBy(bindings),
    runScheduled: async () => {
      const worker = await miniflare.getWorker()
      await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
    },
  }
}

/** What is wrong with the settings the Worker says itself. */
function headersReadBy(bindings: Readonly<Record<string, string>>): ReadonlySet<string> {
  const host = (url = ''): string | null => (URL.canParse(url) ? new URL(url).host : null)
  const hosts = { issuer: host(bindings.ISSUER), mtls: host(bindings.MTLS_ORIGIN) }
  const names = sourceHeaders(parseSourceSettings(bindings, hosts, []))
  return new Set(names.map((name) => name.toLowerCase()))
}

/**
 * Miniflare ends the whole process on these signals, in the middle of what it does. Its hook on
 * the end of the process stays, so that workerd never outlives an ordinary one.
 */
function signalListeners(): { removeNew(): void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)))
  return {
    removeNew() {
      for (const signal of signals) {
        const added = process.listeners(signal).filter((each) => !before.has(each))
        for (const each of added) process.removeListener(signal, each)
      }
    },
  }
}
