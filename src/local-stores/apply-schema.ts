import { readFile } from 'node:fs/promises'
import type { D1Database } from '@cloudflare/workers-types'
import { err, ok, type Result } from '../encoding/result.ts'
import { schemaFile } from './project-root.ts'

/** Why a database is not one that this version of Certbound can use. */
export type SchemaRefusal =
  | { readonly why: 'other_version'; readonly found: number; readonly wanted: number }
  | { readonly why: 'foreign_tables'; readonly tables: readonly string[] }

/** The schema as statements for D1, and the version that they write. */
export interface Schema {
  readonly version: number
  readonly statements: readonly string[]
}

const versionStatement = /INSERT INTO schema_version \(version\) VALUES \((\d+)\)/

/** Reads schema.sql. Throws where the file writes no version row: then the checkout is broken. */
export async function readSchema(): Promise<Schema> {
  // D1's exec() splits at every newline, so the statements are taken apart by what knows SQL.
  const { unstable_splitSqlQuery: splitSqlQuery } = await import('wrangler')
  const sql = await readFile(schemaFile, 'utf8')
  return { version: versionOf(sql), statements: splitSqlQuery(sql) }
}

/**
 * Makes the tables where there are none; leaves a database of the same version alone.
 * @returns whether they were made now, or why the database cannot be used
 */
export async function applySchema(
  db: D1Database,
): Promise<Result<'created' | 'present', SchemaRefusal>> {
  const before = await inspect(db)
  if (before !== 'empty') return judge(before, 'present')
  const { statements } = await readSchema()
  try {
    await db.batch(statements.map((statement) => db.prepare(statement))) // One transaction.
  } catch (fault) {
    // Another process may have made the tables meanwhile; anything else is a fault.
    const after = await inspect(db)
    if (after === 'empty') throw fault
    return judge(after, 'present')
  }
  return ok('created')
}

/** A refusal in words, with what to do about it. */
export function schemaRefusalText(refusal: SchemaRefusal, dataDir: string): string {
  switch (refusal.why) {
    case 'other_version':
      return (
        `the database in ${dataDir} has schema version ${refusal.found}, this version of Certbound ` +
        `needs ${refusal.wanted}: use the version that made it, or move the folder away (it holds ` +
        'your clients and keys) and start with a new one'
      )
    case 'foreign_tables':
      return (
        `the database in ${dataDir} has tables but no schema_version (${refusal.tables.join(', ')}): ` +
        'it is not one of Certbound, choose another folder with --data-dir'
      )
  }
}

type Found = 'empty' | { readonly tables: readonly string[]; readonly version: number | null }

async function inspect(db: D1Database): Promise<Found> {
  const all = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all<{ name: string }>()
  // Those of SQLite and D1 themselves are in every database.
  const tables = all.results.map((row) => row.name).filter((name) => !/^(sqlite|_cf)_/.test(name))
  if (tables.length === 0) return 'empty'
  if (!tables.includes('schema_version')) return { tables, version: null }
  const row = await db
    .prepare('SELECT max(version) AS version FROM schema_version')
    .first<{ version: number | null }>()
  return { tables, version: row?.version ?? null }
}

async function judge<T>(
  found: Exclude<Found, 'empty'>,
  same: T,
): Promise<Result<T, SchemaRefusal>> {
  const { tables, version } = found
  if (version === null) return err({ why: 'foreign_tables', tables })
  // Not through readSchema: loading wrangler takes a second.
  const wanted = versionOf(await readFile(schemaFile, 'utf8'))
  return version === wanted ? ok(same) : err({ why: 'other_version', found: version, wanted })
}

function versionOf(sql: string): number {
  const version = versionStatement.exec(sql)?.[1]
  if (version === undefined) throw new Error(`${schemaFile} writes no schema_version`)
  return Number(version)
}
