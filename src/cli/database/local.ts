import { setTimeout } from 'node:timers/promises'
import type { D1Database } from '@cloudflare/workers-types'
import { folderUsers } from '../../local-stores/runtime-record.ts'
import { constraintViolation, runBatch } from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'

type Retry = { readonly after: number; readonly attempts: number } // milliseconds

/** When the process that owns a shared data folder exits, another takes over within some tenths of a second. */
const takeover: Retry = { after: 100, attempts: 100 }

/** A read or a single write of another program holds its lock for a shorter time. */
const lock: Retry = { after: 300, attempts: 4 }

/**
 * A local D1 database of miniflare.
 *
 * A batch whose connection was lost is sent again. If it was executed the first time, the second time changes
 * nothing: every change is conditional on the state from which it starts.
 * @param dataDir its data folder, so that an error can name the processes that use it
 */
export const localDatabase = (
  db: D1Database,
  dispose: () => Promise<void>,
  dataDir: string | null = null,
): OpenDatabase => ({
  async batch(statements) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runBatch(db, statements)
      } catch (fault) {
        const retry = retryOf(fault)
        if (retry === null || attempt >= retry.attempts) {
          if (isBusy(fault)) throw busyFault(dataDir, fault)
          throw constraintViolation(String(fault), fault) ?? fault
        }
        await setTimeout(retry.after)
      }
    }
  },
  close: dispose,
})

function retryOf(fault: unknown): Retry | null {
  if (/Network connection lost/.test(String(fault))) return takeover
  return isBusy(fault) ? lock : null
}

/** Whether another program has locked the file. Reads and writes report that with different messages. */
const isBusy = (fault: unknown): boolean =>
  /SQLITE_BUSY|database is locked|Failed to get session commit token/.test(String(fault))

const busyFault = (dataDir: string | null, cause: unknown): OperatorFault =>
  new OperatorFault(
    'the local database is busy: another program has locked its file; nothing was changed',
    [
      ...(dataDir === null ? [] : usersOf(dataDir)),
      'a tool that reads the file, such as sqlite3, may have locked it too',
      'try again',
    ],
    cause,
  )

const usersOf = (dataDir: string): string[] =>
  folderUsers(dataDir).map(({ purpose, pid, running, runtimes }) =>
    running
      ? `in use by: ${purpose}, process ${pid}`
      : `in use by workerd of a killed ${purpose}, process ${runtimes.join(', ')}`,
  )
