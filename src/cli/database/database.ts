import type { Bytes } from '../../encoding/bytes.ts'

/** What a statement may be given. Integers only: no column of ours holds another number. */
export type Parameter = string | number | null | Bytes

/** A constant of SQL with numbered parameters (`?1`), and their values. */
export type Statement = { readonly sql: string; readonly parameters: readonly Parameter[] }

/** A row by column name. BLOBs are selected through hex(): adapters differ in how they show them. */
export type Row = Readonly<Record<string, unknown>>

/** The database behind the commands: local D1, or the deployed one through wrangler. */
export interface Database {
  /**
   * Runs statements in order as one transaction: all of them or none.
   * @returns the rows of each (from SELECT or RETURNING)
   * @throws ConstraintViolation where a rule of the schema refused
   * @throws OperatorFault where the database could not be had
   */
  batch(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>
  close(): Promise<void>
}

/** Which database the operator means. */
export type DatabaseChoice = {
  readonly 'data-dir': string | undefined
  readonly remote: boolean
  readonly config: string | undefined
}

/** A statement of ours with its values. */
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

/** A rule of the schema (UNIQUE, CHECK, FOREIGN KEY) refused a batch; nothing of it happened. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation'
}

/**
 * The fault that a message of D1 means: a {@link ConstraintViolation}, or null where it is none.
 * @param message as D1 words it, `UNIQUE constraint failed: clients.client_id: SQLITE_CONSTRAINT`
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
