import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import { forgetDeadOwners } from './dead-owners.ts'
import { recordRuntime } from './runtime-record.ts'
import { localBindings, sharedStorageOptions } from './shared-storage.ts'

/** D1 and KV of a data folder. */
export interface LocalStores {
  readonly db: D1Database
  readonly kv: KVNamespace
  /** Stops their runtime. Until it is awaited, the process does not exit. */
  dispose(): Promise<void>
}

/**
 * Opens D1 and KV of a data folder, also while the local edge uses it. This starts a workerd, in about half a
 * second; `applySchema` of migrations.ts creates the tables.
 * @param dataDir the data folder; created if it does not exist
 */
export async function openLocalStores(dataDir: string): Promise<LocalStores> {
  // Loading miniflare takes half a second: only for commands that use the stores.
  const { convertV4MiniflareOptions, Miniflare } = await import('miniflare')
  const worker = { name: 'certbound-stores', modules: true, script: 'export default {}' } as const
  await forgetDeadOwners(dataDir)
  const forget = recordRuntime(dataDir, 'command')
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ ...worker, ...localBindings, compatibilityDate: '2026-10-01' }),
    ...sharedStorageOptions(dataDir),
    handleStructuredLogs: ({ message }) => report(message),
  })
  try {
    const { DB, KV } = await miniflare.getBindings<{ DB: D1Database; KV: KVNamespace }>()
    return { db: DB, kv: KV, dispose: () => close(miniflare, forget) }
  } catch (fault) {
    await close(miniflare, forget)
    throw fault
  }
}

/** Prints messages of workerd, except stacks about a locked file: D1 reports that. */
function report(message: string): void {
  if (!message.includes('SQLITE_BUSY')) console.error(message)
}

async function close(miniflare: { dispose(): Promise<void> }, forget: () => void): Promise<void> {
  await miniflare.dispose()
  forget()
}
