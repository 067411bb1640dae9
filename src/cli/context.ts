import type { Fetcher } from '../outbound/fetch-outbound.ts'
import type { DatabaseChoice, OpenDatabase } from './database/database.ts'
import type { Ended } from './database/wrangler.ts'

/** The world as commands see it: no command reads a clock, an environment or a terminal itself. */
export type Context = {
  /** Seconds since the epoch, at the start of the command. */
  readonly now: number
  /** Who is at the keyboard, as `user@host`. */
  readonly user: string
  /** The folder that relative file names are relative to. */
  readonly cwd: string
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Opens the database that the options name, which has our tables; the runner closes it. */
  readonly open: (choice: DatabaseChoice) => Promise<OpenDatabase>
  /** The same whatever tables it has; a local one is made where there is none. */
  readonly openAny: (choice: DatabaseChoice) => Promise<OpenDatabase>
  /** Runs wrangler in the folder of a configuration; throws OperatorFault where there is none. */
  readonly wrangler: (cwd: string, args: readonly string[]) => Promise<Ended>
  /** Sends one HTTP request. */
  readonly fetch: Fetcher
  /** Words for a waiting operator, at once, to standard error. */
  readonly say: (line: string) => void
  /** A line of harmless characters to standard output, at once: for what is too long to be held. */
  readonly print: (line: string) => void
  /** Draws the last line of the terminal at standard error anew; null where there is no terminal. */
  readonly redraw: ((text: string) => void) | null
  /** What comes from standard input. */
  readonly stdin: () => AsyncIterable<Uint8Array>
  /** Seconds since the start of the command, with their fraction. */
  readonly elapsed: () => number
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>
}
