import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import { forgetDeadOwners } from './dead-owners.ts'
import { recordRuntime } from './runtime-record.ts'
import { localBindings, sharedStorageOptions } from './shared-storage.ts'

/** D1 and KV of a data folder, until they are disposed of. */
export interface LocalStores {
  readonly db: D1Database
  readonly kv: KVNamespace
  /** Stops the runtime behind them. Must be awaited, or the process does not end. */
  dispose(): Promise<void>
}

/**
 * Opens D1 and KV of a data folder, also while the local edge serves from it. Takes about half a
 * second, for a workerd of its own; `applySchema` of migrations.ts creates the tables.
 * @param dataDir the data folder; made when it is not there
 */
export async function openLocalStores(dataDir: string): Promise<LocalStores> {
  // Half a second of loading that a command without stores must not pay.
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

/** What workerd says goes to standard error, but for its stack where a file is locked: D1 says that. */
function report(message: string): void {
  if (!message.includes('SQLITE_BUSY')) console.error(message)
}

async function close(miniflare: { dispose(): Promise<void> }, forget: () => void): Promise<void> {
  await miniflare.dispose()
  forget()
}
