import { setTimeout } from 'node:timers/promises'
import type { D1Database } from '@cloudflare/workers-types'
import { constraintViolation, type Row } from '../../storage/database.ts'
import { busyFault, isBusy } from './busy.ts'
import type { OpenDatabase } from './database.ts'

/** When the process that owns a shared data folder ends, another takes over in some tenths of a second. */
const takeover = { every: 100, attempts: 100 } // milliseconds

/** A lock that a look or a single write of others takes is gone by then. */
const lock = { every: 300, attempts: 4 } // milliseconds

/**
 * A D1 database in this machine, as miniflare gives it.
 *
 * A batch whose connection was lost is sent again. It may have been done before, which does no harm:
 * every change of ours says from which state it starts, and finds that state gone.
 * @param dataDir the folder it lies in, whose users a fault can name
 */
export const localDatabase = (
  db: D1Database,
  dispose: () => Promise<void>,
  dataDir: string | null = null,
): OpenDatabase => ({
  async batch(statements) {
    const prepared = statements.map(({ sql, parameters }) => db.prepare(sql).bind(...parameters))
    for (let attempt = 1; ; attempt++) {
      try {
        const answers = await db.batch<Row>(prepared) // one transaction
        return answers.map((answer) => answer.results)
      } catch (fault) {
        const wait = waitAfter(fault)
        if (wait === null || attempt >= wait.attempts) throw inWords(fault, dataDir)
        await setTimeout(wait.every)
      }
    }
  },
  close: dispose,
})

/** What a batch is sent again after, or null where that would change nothing. */
function waitAfter(fault: unknown): typeof lock | null {
  if (/Network connection lost/.test(String(fault))) return takeover
  return isBusy(fault) ? lock : null
}

const inWords = (fault: unknown, dataDir: string | null): unknown =>
  isBusy(fault) ? busyFault(dataDir, fault) : (constraintViolation(String(fault), fault) ?? fault)
