import { readMigrations, upgradeSchema } from '../../../src/local-stores/migrations.ts'
import type { Database } from '../../../src/storage/database.ts'

/** Applies all migrations to an empty database. */
export async function applyStatements(database: Database): Promise<void> {
  const upgraded = await upgradeSchema(database, await readMigrations())
  if (!upgraded.ok) throw new Error(upgraded.error.why)
}
