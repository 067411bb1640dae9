import { readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import type { Miniflare, V4MiniflareOptions } from 'miniflare'
import { type Purpose, recordRuntime } from './runtime-record.ts'

/** D1 and KV of a data folder. */
export type LocalStores = {
  readonly db: D1Database
  readonly kv: KVNamespace
  /** Stops their runtime. Until it is awaited, the process does not exit. */
  readonly dispose: () => Promise<void>
}

/**
 * Opens D1 and KV of a data folder, also while the local edge uses it. This starts a workerd, in about half a
 * second; `applySchema` of migrations.ts creates the tables.
 * @param dataDir the data folder; created if it does not exist
 */
export const openLocalStores = (dataDir: string): Promise<LocalStores> =>
  startMiniflare(dataDir, 'command', {
    name: 'certbound-stores',
    modules: true,
    script: 'export default {}',
    compatibilityDate: '2026-10-01',
    // Without stacks about a locked file: D1 reports that.
    handleStructuredLogs({ message }) {
      if (!message.includes('SQLITE_BUSY')) console.error(message)
    },
  })

/**
 * D1 and KV with the binding names of wrangler.toml and ids of their own: local data is still found after the ids
 * of the deployed resources are written there.
 */
export const localBindings = {
  d1Databases: { DB: 'certbound' },
  kvNamespaces: { KV: 'certbound' },
} satisfies Pick<V4MiniflareOptions, 'd1Databases' | 'kvNamespaces'>

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Starts a Worker with D1 and KV of a data folder.
 *
 * Several processes may use one folder at once. Without shared storage, two miniflares on one folder answer
 * SQLITE_BUSY under load. With it they elect one owner through the registry, the others send their statements to
 * it, and when it exits another takes over. The registry is inside the folder, so that unrelated processes of the
 * machine do not take part.
 * @param dataDir the data folder; created if it does not exist
 */
export async function startMiniflare(
  dataDir: string,
  purpose: Purpose,
  worker: V4MiniflareOptions,
): Promise<LocalStores & { readonly miniflare: Miniflare }> {
  // Loading miniflare takes half a second: only for commands that use the stores.
  const { convertV4MiniflareOptions, Miniflare } = await import('miniflare')
  await forgetDeadOwners(join(dataDir, 'registry'))
  const forget = recordRuntime(dataDir, purpose)
  const handlers = new Set(signals.flatMap((signal) => process.listeners(signal)))
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ ...worker, ...localBindings }),
    unsafeEnableSharedStorage: true,
    resourcePersistencePath: join(dataDir, 'storage'),
    isolatedResourcePersistencePath: join(dataDir, 'isolated'),
    resourceTmpPath: join(dataDir, 'tmp'),
    enableDevRegistry: true,
    unsafeDevRegistryPath: join(dataDir, 'registry'),
    // Do not fetch it from the network: the local edge fills request.cf, commands do not need it.
    cf: false,
  })
  // The signal handlers of miniflare would end the local edge at once, and requests in progress with it. Its exit
  // handler stays, so that workerd ends with this process.
  for (const signal of purpose === 'local edge' ? signals : []) {
    const added = process.listeners(signal).filter((handler) => !handlers.has(handler))
    for (const handler of added) process.removeListener(signal, handler)
  }
  const dispose = async (): Promise<void> => {
    await miniflare.dispose()
    forget()
  }
  try {
    const { DB, KV } = await miniflare.getBindings<{ DB: D1Database; KV: KVNamespace }>()
    return { miniflare, db: DB, kv: KV, dispose }
  } catch (fault) {
    await dispose()
    throw fault
  }
}

/** In milliseconds. On the loopback a connection is accepted or refused at once. */
const timeout = 500

/**
 * Removes killed processes from the registry by which miniflare elects the owner of the storage. Miniflare would
 * treat them as alive for another ten seconds, and every query would fail until then.
 */
async function forgetDeadOwners(registry: string): Promise<void> {
  const names = await readdir(registry).catch(() => [])
  await Promise.all(
    names.map(async (name) => {
      const file = join(registry, name)
      const address = await addressIn(file)
      if (address !== null && !(await answers(address))) await rm(file, { force: true })
    }),
  )
}

/** The address of an entry's workerd; null if the entry has none. */
async function addressIn(file: string): Promise<URL | null> {
  try {
    const { debugPortAddress } = JSON.parse(await readFile(file, 'utf8'))
    const address = new URL(`tcp://${debugPortAddress}`)
    return address.port === '' ? null : address
  } catch {
    return null // Removed in the meantime, or of another format.
  }
}

function answers({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout })
    const end = (alive: boolean) => () => {
      socket.destroy()
      resolve(alive)
    }
    socket.once('connect', end(true))
    socket.once('timeout', end(true)) // Busy, but alive.
    socket.once('error', end(false))
  })
}
