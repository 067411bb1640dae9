import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { err, ok, type Result } from '../encoding/result.ts'
import { type Database, query, runBatch, statement, textOf } from '../storage/database.ts'
import { type InstalledSchema, installedSchema, schemaProblem } from '../storage/schema-version.ts'
import { migrationsFolder } from './project-root.ts'

/** One file of `migrations/`. */
export type Migration = {
  /** The file name, which wrangler records in `d1_migrations`. */
  readonly name: string
  readonly statements: readonly string[]
}

/** What a database holds, compared with the migrations of this version. */
export type SchemaStatus = {
  /** Null if it has no tables yet. */
  readonly installed: InstalledSchema | null
  /** Names in the order in which they were applied; those of a newer Certbound are among them. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** Why the migrations cannot be applied to a database. */
export type SchemaRefusal =
  | { readonly why: 'foreign_tables'; readonly tables: readonly string[] }
  /** The version row and `d1_migrations` contradict each other: another tool made the tables. */
  | { readonly why: 'not_recorded'; readonly version: unknown; readonly applied: readonly string[] }
  /** The tables are of a newer Certbound that does not work with this one any more. */
  | { readonly why: 'incompatible'; readonly problem: string }
  /** A statement failed; the whole migration was rolled back, those before it are in force. */
  | { readonly why: 'migration_failed'; readonly name: string; readonly cause: unknown }

/** Reads the migrations in their order. @param folder that of this package unless a test names one */
export async function readMigrations(
  folder: string = migrationsFolder,
): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => ({
      name,
      statements: splitSql(await readFile(join(folder, name), 'utf8')),
    })),
  )
}

/**
 * Splits a migration into statements without comments. Comments are those of `--`; a trigger ends at
 * `; END;`, as in wrangler.
 */
export function splitSql(text: string): readonly string[] {
  const token = /('[^']*'|"[^"]*")|--[^\n]*|;/g
  const parts = text
    .replace(token, (found, quoted?: string) => quoted ?? (found === ';' ? '\0' : ''))
    .split('\0')
  const statements: string[] = []
  let current = ''
  for (const part of parts) {
    current += current === '' ? part.trim() : `;${part.trimEnd()}`
    const inTrigger =
      /^CREATE\s+(TEMP\w*\s+)?TRIGGER\b/i.test(current) && !/;\s*END$/i.test(current)
    if (inTrigger) continue
    if (current !== '') statements.push(current)
    current = ''
  }
  return current === '' ? statements : [...statements, current]
}

const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"

// The table of `wrangler d1 migrations`, column for column, so that both tools agree.
const CREATE_RECORD = `
  CREATE TABLE IF NOT EXISTS d1_migrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
  )`
const READ_RECORD = 'SELECT name FROM d1_migrations ORDER BY id'
const RECORD = 'INSERT INTO d1_migrations (name) VALUES (?1)'

/** Compares a database with the migrations. */
export async function inspectSchema(
  database: Database,
  migrations: readonly Migration[],
): Promise<Result<SchemaStatus, SchemaRefusal>> {
  const names = (await query(database, TABLES)).map((row) => textOf(row, 'name'))
  const applied = names.includes('d1_migrations')
    ? (await query(database, READ_RECORD)).map((row) => textOf(row, 'name'))
    : []
  const pending = migrations.map(({ name }) => name).filter((name) => !applied.includes(name))
  if (!names.includes('schema_version')) {
    // Those of SQLite, D1 and wrangler are in every database.
    const tables = names.filter((name) => !/^(sqlite_|_cf_|d1_migrations$)/.test(name))
    return tables.length > 0
      ? err({ why: 'foreign_tables', tables })
      : ok({ installed: null, applied, pending })
  }
  const rows = await query(database, 'SELECT * FROM schema_version')
  const installed = installedSchema(rows)
  const recorded = migrations.every(
    ({ name }, i) => applied.includes(name) === i < (installed?.version ?? 0),
  )
  return installed === null || !recorded
    ? err({ why: 'not_recorded', version: rows[0]?.version ?? null, applied })
    : ok({ installed, applied, pending })
}

/**
 * Applies the pending migrations. Each is one transaction with its row in `d1_migrations`, so that a
 * run after a failure continues where the failed one stopped.
 * @returns the status afterwards, and the names applied by this call
 */
export async function upgradeSchema(
  database: Database,
  migrations: readonly Migration[],
): Promise<Result<SchemaStatus & { readonly added: readonly string[] }, SchemaRefusal>> {
  const added: string[] = []
  for (;;) {
    const status = await inspectSchema(database, migrations)
    if (!status.ok) return status
    const next = migrations.find(({ name }) => name === status.value.pending[0])
    if (next === undefined) {
      const problem = schemaProblem(status.value.installed)
      return problem === null
        ? ok({ ...status.value, added })
        : err({ why: 'incompatible', problem: problem.problem })
    }
    try {
      await database.batch([
        statement(CREATE_RECORD),
        // First: if another process was faster, the unique name stops this one before it changes data.
        statement(RECORD, next.name),
        ...next.statements.map((sql) => statement(sql)),
      ])
      added.push(next.name)
    } catch (cause) {
      // Another process may have applied it in the meantime.
      const after = await inspectSchema(database, migrations)
      if (!after.ok || after.value.pending.includes(next.name)) {
        return err({ why: 'migration_failed', name: next.name, cause })
      }
    }
  }
}

/** Brings a local D1 to the schema of this version. */
export const applySchema = async (db: D1Database) =>
  upgradeSchema({ batch: (statements) => runBatch(db, statements) }, await readMigrations())

/** A refusal as a sentence, with what to do about it. @param where names the database */
export function schemaRefusalText(refusal: SchemaRefusal, where: string): string {
  switch (refusal.why) {
    case 'foreign_tables':
      return `${where} has tables that are not of Certbound: ${refusal.tables.join(', ')}; use an empty database`
    case 'not_recorded':
      return (
        `${where} has schema version ${refusal.version}, but d1_migrations lists ` +
        `${refusal.applied.join(', ') || 'no migration'}: its tables were not made by these migrations; ` +
        'use an empty database'
      )
    case 'incompatible':
      return `${where} ${refusal.problem}: use a newer Certbound, or another database`
    case 'migration_failed': {
      const { name, cause } = refusal
      return (
        `${where}: ${name} failed and changed nothing: ${cause instanceof Error ? cause.message : cause}; ` +
        'once the cause is removed, `certbound schema upgrade` continues with it'
      )
    }
  }
}
