import { folderUsers } from '../../local-stores/runtime-record.ts'
import { OperatorFault } from '../outcome.ts'

/**
 * Whether a batch failed because somebody else holds the file of a local database. A statement that
 * writes says so; one that reads fails where D1 asks how far it has read, in words of its own.
 */
export const isBusy = (fault: unknown): boolean =>
  /SQLITE_BUSY|database is locked|Failed to get session commit token/.test(String(fault))

/** That fault in words; who uses the folder is known where they have noted it there. */
export const busyFault = (dataDir: string | null, cause: unknown): OperatorFault =>
  new OperatorFault(
    'the local database is busy: another program has locked its file; nothing was changed',
    [
      ...(dataDir === null ? [] : usersOf(dataDir)),
      'a tool that looks into the file, such as sqlite3, may hold it too',
      'try again',
    ],
    cause,
  )

const usersOf = (dataDir: string): string[] =>
  folderUsers(dataDir).map(({ purpose, pid, running, runtimes }) =>
    running
      ? `in use by: ${purpose}, process ${pid}`
      : `in use by what a killed ${purpose} left: workerd, process ${runtimes.join(', ')}`,
  )
