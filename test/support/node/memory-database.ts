import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Database } from '../../../src/cli/database/database.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'

/** A real D1 that is kept nowhere, without tables. */
export async function openMemoryDatabase(): Promise<{
  readonly database: Database
  readonly dispose: () => Promise<void>
}> {
  const worker = { name: 'memory', modules: true, script: 'export default {}' } as const
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      ...worker,
      d1Databases: { DB: 'memory' },
      compatibilityDate: '2026-10-01',
    }),
    cf: false,
  })
  const db = await miniflare.getD1Database('DB')
  return { database: localDatabase(db, async () => {}), dispose: () => miniflare.dispose() }
}
