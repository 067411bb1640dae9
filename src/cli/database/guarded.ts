import { schemaVersion } from '../../keys/schema-version.ts'
import {
  ConstraintViolation,
  type Database,
  integerOf,
  query,
  statement,
} from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'

// json() of what is no JSON is an error, and an error takes the whole batch back: nothing is read
// from or written to a schema of another version, not even by an old command on a new database.
const rightVersion = statement(
  `SELECT CASE max(version) WHEN ?1 THEN 1 ELSE json('another schema version') END AS right
  FROM schema_version`,
  schemaVersion,
)

/** How to make the tables, for this database. */
export type SchemaAdvice = { readonly apply: string; readonly where: string }

/**
 * A database that does nothing unless it has the schema that these commands know.
 * @throws OperatorFault from `batch` where it has not
 */
export const guarded = (database: OpenDatabase, advice: SchemaAdvice): OpenDatabase => ({
  async batch(statements) {
    try {
      const [, ...results] = await database.batch([rightVersion, ...statements])
      return results
    } catch (fault) {
      if (fault instanceof ConstraintViolation) throw fault
      throw (await schemaFault(database, advice, fault)) ?? fault
    }
  },
  close: () => database.close(),
})

/** Whether the schema is why a batch failed; null where it is something else. */
async function schemaFault(
  database: Database,
  { apply, where }: SchemaAdvice,
  fault: unknown,
): Promise<OperatorFault | null> {
  if (!/no such table: schema_version|malformed JSON/.test(String(fault))) return null
  const found = await installedVersion(database)
  if (found === schemaVersion) return null
  return found === null
    ? new OperatorFault(`${where} has no tables yet`, [apply])
    : new OperatorFault(
        `${where} has schema version ${found}, this certbound knows ${schemaVersion}`,
        ['use the certbound that belongs to that version'],
      )
}

/** The version that a database has, null where it has no tables of ours. */
export async function installedVersion(database: Database): Promise<number | null> {
  const present = await query(
    database,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
  )
  if (present.length === 0) return null
  const [row] = await query(database, 'SELECT max(version) AS version FROM schema_version')
  return row === undefined || row.version === null ? null : integerOf(row, 'version')
}
