import { readSchema } from '../../../src/local-stores/apply-schema.ts'
import { type Database, statement } from '../../../src/storage/database.ts'

/** Makes the tables of schema.sql in a database that has none. */
export async function applyStatements(database: Database): Promise<void> {
  const { statements } = await readSchema()
  await database.batch(statements.map((sql) => statement(sql)))
}
