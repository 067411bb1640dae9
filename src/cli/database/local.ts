import { setTimeout } from 'node:timers/promises'
import type { D1Database } from '@cloudflare/workers-types'
import { constraintViolation, type Database, type Row } from './database.ts'

/** When the process that owns a shared data folder ends, another takes over in some tenths of a second. */
const takeover = { every: 100, attempts: 100 } // milliseconds

/**
 * A D1 database in this machine, as miniflare gives it.
 *
 * A batch whose connection was lost is sent again. It may have been done before, which does no harm:
 * every change of ours says from which state it starts, and finds that state gone.
 */
export const localDatabase = (db: D1Database, dispose: () => Promise<void>): Database => ({
  async batch(statements) {
    const prepared = statements.map(({ sql, parameters }) => db.prepare(sql).bind(...parameters))
    for (let attempt = 1; ; attempt++) {
      try {
        const answers = await db.batch<Row>(prepared) // one transaction
        return answers.map((answer) => answer.results)
      } catch (fault) {
        const lost = /Network connection lost/.test(String(fault))
        if (!lost || attempt === takeover.attempts) {
          throw constraintViolation(String(fault), fault) ?? fault
        }
        await setTimeout(takeover.every)
      }
    }
  },
  close: dispose,
})
