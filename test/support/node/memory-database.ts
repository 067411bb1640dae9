import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { OpenDatabase } from '../../../src/cli/database/database.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'

/** Real D1 databases in memory, without tables. */
export type MemoryDatabases = {
  /** The first database. */
  readonly database: OpenDatabase
  readonly databases: readonly OpenDatabase[]
  readonly dispose: () => Promise<void>
}

/** Opens databases in one runtime. The caller must call `dispose`. */
export async function openMemoryDatabase(count = 1): Promise<MemoryDatabases> {
  const names = Array.from({ length: count }, (_, i) => `DB${i}`)
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      name: 'memory',
      modules: true,
      script: 'export default {}',
      d1Databases: names,
      compatibilityDate: '2026-10-01',
    }),
    cf: false,
  })
  const databases = await Promise.all(
    names.map(async (name) => localDatabase(await miniflare.getD1Database(name), async () => {})),
  )
  const [database] = databases
  if (database === undefined) throw new RangeError('at least one database')
  return { database, databases, dispose: () => miniflare.dispose() }
}
