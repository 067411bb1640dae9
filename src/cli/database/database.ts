import type { Database } from '../../storage/database.ts'

/** A database that a command opened: the local D1, or the deployed one through wrangler. */
export type OpenDatabase = Database & { close(): Promise<void> }

/** Which database the operator means. */
export type DatabaseChoice = {
  readonly 'data-dir': string | undefined
  readonly remote: boolean
  readonly config: string | undefined
}
