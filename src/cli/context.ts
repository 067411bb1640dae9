import type { Fetcher } from '../outbound/fetch-outbound.ts'
import type { DatabaseChoice, OpenDatabase } from './database/database.ts'
import type { Ended } from './database/wrangler.ts'

/** What commands need of the process: no command reads a clock or the environment itself. */
export type Context = {
  /** Seconds since the epoch, at the start of the command. */
  readonly now: number
  /** The user of the process, as `user@host`. */
  readonly user: string
  /** The folder that relative file names are relative to. */
  readonly cwd: string
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Opens the database that the options select, which must have our tables. The runner closes it. */
  readonly open: (choice: DatabaseChoice) => Promise<OpenDatabase>
  /** The same without a check of the tables; creates a missing local database unless `create` is false. */
  readonly openAny: (choice: DatabaseChoice, create?: boolean) => Promise<OpenDatabase>
  /** Runs wrangler in a folder. @throws OperatorFault if wrangler is not installed */
  readonly wrangler: (cwd: string, args: readonly string[]) => Promise<Ended>
  /** Sends one HTTP request. */
  readonly fetch: Fetcher
  /** Prints a progress message to standard error at once. */
  readonly say: (line: string) => void
  /** Prints a line to standard output at once, unescaped: for results that do not fit in memory. */
  readonly print: (line: string) => void
  /** Replaces the last line of the terminal; null if standard error is not a terminal. */
  readonly redraw: ((text: string) => void) | null
  /** Standard input. */
  readonly stdin: () => AsyncIterable<Uint8Array>
  /** Seconds since the start of the command, with fractions. */
  readonly elapsed: () => number
  /** Waits. */
  readonly pause: (milliseconds: number) => Promise<void>
}
