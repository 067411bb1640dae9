import type { D1Database } from '@cloudflare/workers-types'
import type { Bytes } from '../encoding/bytes.ts'
import { fromStore } from './store-unavailable.ts'

/** A value of a statement's parameter. Numbers are integers: no column holds a fraction. */
export type Parameter = string | number | null | Bytes

/** Constant SQL with numbered parameters (`?1`), and their values. */
export type Statement = { readonly sql: string; readonly parameters: readonly Parameter[] }

/** A row by column name. Select BLOBs through hex(): adapters differ in how they return them. */
export type Row = Readonly<Record<string, unknown>>

/** A database that holds our tables: D1 in the Worker, the databases that the CLI opens. */
export interface Database {
  /**
   * Runs statements in order as one transaction: all of them or none.
   * @returns the rows of each (from SELECT or RETURNING)
   * @throws ConstraintViolation if a rule of the schema refused; any other error if the database failed
   */
  batch(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>
}

/** The Worker's D1. Any fault but a refused constraint throws StoreUnavailable. */
export const d1Database = (db: D1Database): Database => ({
  batch: (statements) =>
    fromStore('D1', () => runBatch(db, statements)).catch((fault: unknown) => {
      throw constraintViolation(causeOf(fault), fault) ?? fault
    }),
})

/** Runs a batch on D1 without a timeout. @throws what D1 throws */
export async function runBatch(
  db: D1Database,
  statements: readonly Statement[],
): Promise<readonly (readonly Row[])[]> {
  const prepared = statements.map(({ sql, parameters }) => db.prepare(sql).bind(...parameters))
  return (await db.batch<Row>(prepared)).map(({ results }) => results)
}

const causeOf = (fault: unknown): string => String(fault instanceof Error ? fault.cause : fault)

/** A statement with the values of its parameters. */
export const statement = (sql: string, ...parameters: Parameter[]): Statement => ({
  sql,
  parameters,
})

/** The rows of one SELECT. */
export async function query(
  database: Database,
  sql: string,
  ...parameters: Parameter[]
): Promise<readonly Row[]> {
  const [rows] = await database.batch([statement(sql, ...parameters)])
  return rows ?? []
}

/** A rule of the schema (UNIQUE, CHECK, FOREIGN KEY) refused a batch: nothing was written. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation'
}

/**
 * The {@link ConstraintViolation} that a message of D1 describes, or null if it describes none.
 * @param message such as `UNIQUE constraint failed: clients.client_id: SQLITE_CONSTRAINT`
 */
export function constraintViolation(message: string, cause: unknown): ConstraintViolation | null {
  const found = /\b(UNIQUE|CHECK|FOREIGN KEY|NOT NULL) constraint failed[^"\n]*/.exec(message)
  return found === null ? null : new ConstraintViolation(found[0], { cause })
}

/** A column that schema.sql makes TEXT NOT NULL. */
export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} does not hold a text`)
  return value
}

/** A column that schema.sql makes INTEGER NOT NULL. */
export function integerOf(row: Row, column: string): number {
  const value = row[column]
  if (!Number.isSafeInteger(value)) throw new TypeError(`column ${column} does not hold an integer`)
  return Number(value)
}

/** A column that schema.sql makes INTEGER. */
export const integerOrNull = (row: Row, column: string): number | null =>
  row[column] === null ? null : integerOf(row, column)

/** A column that schema.sql makes TEXT. */
export const textOrNull = (row: Row, column: string): string | null =>
  row[column] === null ? null : textOf(row, column)
