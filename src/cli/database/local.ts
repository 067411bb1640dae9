import type { D1Database } from '@cloudflare/workers-types'
import { constraintViolation, type Database, type Row } from './database.ts'

/** A D1 database in this machine, as miniflare gives it. */
export const localDatabase = (db: D1Database, dispose: () => Promise<void>): Database => ({
  async batch(statements) {
    const prepared = statements.map(({ sql, parameters }) => db.prepare(sql).bind(...parameters))
    try {
      const answers = await db.batch<Row>(prepared) // one transaction
      return answers.map((answer) => answer.results)
    } catch (fault) {
      throw constraintViolation(String(fault), fault) ?? fault
    }
  },
  close: dispose,
})
