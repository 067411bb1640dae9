import { ConstraintViolation, type Database, query, statement } from '../../storage/database.ts'
import {
  type InstalledSchema,
  installedSchema,
  READ_SCHEMA,
  schemaProblem,
  schemaVersion,
} from '../../storage/schema-version.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'

// json() of a text that is not JSON is an error, and an error rolls back the whole batch: no command
// reads from or writes to a schema that it does not know.
const requireSchema = statement(
  `SELECT CASE WHEN count(*) = 1 AND max(version) >= ?1 AND max(compatible_from) <= ?1 THEN 1
    ELSE json('another schema version') END AS usable FROM schema_version`,
  schemaVersion,
)

/** The name of a database in messages, and the command that creates its tables. */
export type SchemaAdvice = { readonly apply: string; readonly where: string }

/**
 * A database that runs a batch only on a schema that this version can use.
 * @throws OperatorFault from `batch` if it cannot
 */
export const guarded = (database: OpenDatabase, { apply, where }: SchemaAdvice): OpenDatabase => ({
  async batch(statements) {
    try {
      const [, ...results] = await database.batch([requireSchema, ...statements])
      return results
    } catch (fault) {
      if (fault instanceof ConstraintViolation) throw fault
      if (!isSchemaFault(fault) && !/malformed JSON/.test(String(fault))) throw fault
      const found = schemaProblem(await installedIn(database))
      if (found === null) throw fault
      const advice = found.upgrade ? apply : 'use the Certbound that belongs to that schema'
      throw new OperatorFault(`${where} ${found.problem}`, [advice])
    }
  },
  close: () => database.close(),
})

const isSchemaFault = (fault: unknown): boolean =>
  /no such (table: schema_version|column: compatible_from)/.test(String(fault))

/** The schema of a database; null if it has no valid version row. */
export async function installedIn(database: Database): Promise<InstalledSchema | null> {
  try {
    return installedSchema(await query(database, READ_SCHEMA))
  } catch (fault) {
    if (isSchemaFault(fault)) return null
    throw fault
  }
}
