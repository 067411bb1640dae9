import { schemaVersion } from '../keys/schema-version.ts'
import { readSchema } from '../local-stores/apply-schema.ts'
import { type Database, query, statement } from '../storage/database.ts'
import { command, databaseOptions } from './command.ts'
import { installedVersion } from './database/guarded.ts'
import { dataDirOf } from './database/open.ts'
import { done, type Outcome, refused } from './outcome.ts'

// Those of SQLite, D1 and wrangler are in every database.
const OTHER_TABLES = `
  SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY name`

/** `schema apply`. */
export const schemaApply = command({
  name: 'schema apply',
  summary: 'make the tables, where there are none',
  about: [
    'A database that has them is left alone, one of another version is refused.',
    'Locally this also makes the data folder.',
  ],
  arity: [0, 0],
  options: databaseOptions,
  examples: ['certbound schema apply', 'certbound schema apply --remote'],
  async run({ options }, context) {
    const database = await context.openAny(options)
    const where = options.remote ? 'the deployed database' : dataDirOf(options, context.cwd)
    const before = await installedVersion(database)
    if (before !== null) return judge(before, where, 'was there already')
    const others = await query(database, OTHER_TABLES)
    if (others.length > 0) {
      const names = others.map((row) => row.name).join(', ')
      return refused(`${where} has tables that are not of certbound: ${names}`, 'use an empty one')
    }
    await apply(database)
    const after = await installedVersion(database)
    return judge(after ?? 0, where, 'is made')
  },
})

/** Makes the tables; that another process made them meanwhile is no fault. */
async function apply(database: Database): Promise<void> {
  const { statements } = await readSchema()
  try {
    await database.batch(statements.map((sql) => statement(sql)))
  } catch (fault) {
    if ((await installedVersion(database)) === null) throw fault
  }
}

function judge(version: number, where: string, happened: string): Outcome {
  return version === schemaVersion
    ? done([`schema version ${version} ${happened}: ${where}`], { version, where })
    : refused(
        `${where} has schema version ${version}, this certbound knows ${schemaVersion}`,
        'use the certbound that belongs to that version, or another database',
      )
}
