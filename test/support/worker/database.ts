import { env } from 'cloudflare:workers'
import type { D1Database } from '@cloudflare/workers-types'
import schema from '../../../schema.sql?raw'

const TABLES = `SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'`

/** schema.sql as single statements: D1 takes one at a time. No literal in it holds `;` or `--`. */
const statements = schema
  .replaceAll(/--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')

/** The D1 of the tests, emptied, with schema.sql applied. */
export async function freshDatabase(): Promise<D1Database> {
  const db: D1Database = env.DB
  const { results } = await db.prepare(TABLES).all<{ name: string }>()
  const drops = results.map(({ name }) => `DROP TABLE "${name}"`)
  // In one transaction, so that foreign keys are checked after all tables are dropped.
  const all = ['PRAGMA defer_foreign_keys = on', ...drops, ...statements]
  await db.batch(all.map((statement) => db.prepare(statement)))
  return db
}

/** A D1 that a test can switch off: then every operation fails as D1 fails. */
export interface UnreliableDatabase {
  readonly db: D1Database
  down: boolean
  /** The number of batches and single queries so far, failed ones included. */
  asked: number
}

/** Adds the switch to a D1. */
export function unreliable(real: D1Database): UnreliableDatabase {
  const ask = (): void => {
    self.asked += 1
    if (self.down) throw new Error('D1_ERROR: Network connection lost.')
  }
  const db = {
    prepare: (query: string) => guardStatement(real.prepare(query), ask),
    batch: async (batch: D1PreparedStatement[]) => {
      ask()
      return real.batch(batch.map((statement) => behind.get(statement) ?? statement))
    },
    exec: async (query: string) => {
      ask()
      return real.exec(query)
    },
  } as unknown as D1Database
  const self: UnreliableDatabase = { db, down: false, asked: 0 }
  return self
}

const behind = new WeakMap<D1PreparedStatement, D1PreparedStatement>()

function guardStatement(real: D1PreparedStatement, ask: () => void): D1PreparedStatement {
  const asking =
    (run: (...rest: never[]) => unknown) =>
    async (...rest: never[]) => {
      ask()
      return run.apply(real, rest)
    }
  const guarded = {
    bind: (...values: unknown[]) => guardStatement(real.bind(...values), ask),
    first: asking(real.first),
    run: asking(real.run),
    all: asking(real.all),
    raw: asking(real.raw),
  } as unknown as D1PreparedStatement
  behind.set(guarded, real)
  return guarded
}
