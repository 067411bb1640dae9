import type { D1Database } from '@cloudflare/workers-types'
import type { Bytes } from '../encoding/bytes.ts'
import { fromStore } from '../storage/store-unavailable.ts'

/** A constant of SQL with numbered parameters (`?1`), and their values. */
export type Sql = {
  readonly sql: string
  readonly parameters: readonly (string | number | null | Bytes)[]
}

/** The database behind the lists: the Worker's D1, or the one that the commands have opened. */
export interface SqlStore {
  /** Runs statements in order as one transaction. @returns the rows of each */
  batch(
    statements: readonly Sql[],
  ): Promise<readonly (readonly Readonly<Record<string, unknown>>[])[]>
}

/** A statement with its values. */
export const sql = (text: string, ...parameters: Sql['parameters']): Sql => ({
  sql: text,
  parameters,
})

/** The Worker's D1. A fault throws StoreUnavailable. */
export const d1SqlStore = (db: D1Database): SqlStore => ({
  batch: (statements) =>
    fromStore('D1', async () => {
      const prepared = statements.map((one) => db.prepare(one.sql).bind(...one.parameters))
      const answers = await db.batch<Record<string, unknown>>(prepared)
      return answers.map(({ results }) => results)
    }),
})
