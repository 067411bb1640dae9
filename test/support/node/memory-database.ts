import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { OpenDatabase } from '../../../src/cli/database/database.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'

/** Real D1s that are kept nowhere, without tables. */
export type MemoryDatabases = {
  /** The first of them. */
  readonly database: OpenDatabase
  readonly databases: readonly OpenDatabase[]
  readonly dispose: () => Promise<void>
}

/** Opens some in one runtime; dispose of it when done. */
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
