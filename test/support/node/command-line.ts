import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from '../../../src/cli/commands.ts'
import type { OpenDatabase } from '../../../src/cli/database/database.ts'
import { guarded } from '../../../src/cli/database/guarded.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'
import { run } from '../../../src/cli/run.ts'
import { derToPem } from '../../../src/encoding/pem.ts'
import { applySchema } from '../../../src/local-stores/migrations.ts'
import { openLocalStores } from '../../../src/local-stores/open-local-stores.ts'
import type { Fetcher } from '../../../src/outbound/fetch-outbound.ts'
import type { Parameter, Row, Statement } from '../../../src/storage/database.ts'
import { query, statement } from '../../../src/storage/database.ts'

/** The default time of a command, in seconds since the epoch. */
export const now = 1_800_000_000

/** The result of a command. */
export type Ran = {
  readonly status: number
  /** Standard output (`out`) and standard error, lines joined. */
  readonly out: string
  readonly err: string
  /** Standard output as JSON. */
  readonly json: () => unknown
}

/** Runs the operator's commands in this process, on a real D1 in its own folder. */
export type CommandLine = {
  readonly folder: string
  readonly database: OpenDatabase
  readonly run: (...args: readonly string[]) => Promise<Ran>
  readonly at: (time: number, ...args: readonly string[]) => Promise<Ran>
  readonly rows: (sql: string, ...parameters: Parameter[]) => Promise<readonly Row[]>
  readonly write: (sql: string, ...parameters: Parameter[]) => Promise<void>
  /** Writes certificates as PEM into a file of the folder. Returns its name. */
  readonly pem: (name: string, ...ders: readonly Uint8Array[]) => Promise<string>
  readonly file: (name: string, content: string | Uint8Array) => Promise<string>
  readonly dispose: () => Promise<void>
}

/**
 * Opens a new D1. The caller must call `dispose`.
 * @param watch gets the statements of each batch
 */
export async function commandLine(
  watch: (statements: readonly Statement[]) => void = () => {},
  fetcher: Fetcher = () => Promise.reject(new TypeError('no network in tests')),
): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-cli-'))
  const stores = await openLocalStores(join(folder, 'data'))
  await applySchema(stores.db)
  const database = localDatabase(stores.db, async () => {})
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content)
    return name
  }
  const watched: OpenDatabase = {
    ...database,
    batch(statements) {
      watch(statements)
      return database.batch(statements)
    },
  }
  const at = (time: number, ...args: readonly string[]) =>
    runCommand(args, watched, folder, time, fetcher)
  return {
    folder,
    database,
    at,
    run: (...args) => at(now, ...args),
    rows: (sql, ...parameters) => query(database, sql, ...parameters),
    write: async (sql, ...parameters) => {
      await database.batch([statement(sql, ...parameters)])
    },
    pem: (name, ...ders) => file(name, ders.map(derToPem).join('')),
    file,
    dispose: async () => {
      await stores.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function runCommand(
  args: readonly string[],
  database: OpenDatabase,
  cwd: string,
  time: number,
  fetcher: Fetcher,
): Promise<Ran> {
  let waited = 0
  const out: string[] = []
  const err: string[] = []
  const output = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
  }
  const status = await run(args, commands, output, {
    now: time,
    user: 'tester@desk',
    cwd,
    fetch: fetcher,
    open: async () => guarded(database, { where: 'the test database', apply: 'schema apply' }),
    openAny: async () => database,
    // This clock only advances while a command waits.
    elapsed: () => waited / 1000,
    pause: async (milliseconds) => {
      waited += milliseconds
    },
  })
  const text = out.join('\n')
  return { status, out: text, err: err.join('\n'), json: () => JSON.parse(text) }
}
