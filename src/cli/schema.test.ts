import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type MemoryDatabases,
  openMemoryDatabase,
} from '../../test/support/node/memory-database.ts'
import { migrationsFolder } from '../local-stores/project-root.ts'
import { query, statement } from '../storage/database.ts'
import { commands } from './commands.ts'
import type { OpenDatabase } from './database/database.ts'
import { remoteDatabase } from './database/remote.ts'
import { installedWrangler, type RunWrangler } from './database/wrangler.ts'
import { run } from './run.ts'

async function certbound(database: OpenDatabase, ...args: readonly string[]) {
  const lines: string[] = []
  const output = { out: lines.push.bind(lines), err: lines.push.bind(lines) }
  const status = await run(args, commands, output, { openAny: async () => database })
  return { status, printed: lines.join('\n') }
}

const first = '0001_initial.sql'
const upgraded: readonly string[] = ['upgrade']
const sql = (text: string) => ({ sql: text })
type Step = readonly string[] | { readonly sql: string }

const cases: [name: string, steps: readonly Step[], status: number, printed: RegExp][] = [
  [
    'upgrade creates the tables',
    [upgraded],
    0,
    /^schema version 1: .*\napplied {2}0001_initial.sql$/,
  ],
  ['upgrade changes nothing the second time', [upgraded, upgraded], 0, /nothing to apply/],
  ['apply is another name of upgrade', [['apply']], 0, /applied {2}0001_initial.sql/],
  ['status of an empty database', [['status']], 1, /^no tables yet.*\npending {2}0001_initial.sql/],
  ['status of an upgraded database', [upgraded, ['status']], 0, /^schema version 1: .*\napplied/],
  [
    'upgrade ignores an empty record of wrangler',
    [sql('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)'), upgraded],
    0,
    /applied {2}0001_initial.sql/,
  ],
  [
    'upgrade does not change a newer schema that serves this version',
    [upgraded, sql('UPDATE schema_version SET version = 3'), upgraded],
    0,
    /^schema version 3: .*\nnothing to apply/,
  ],
  [
    'upgrade refuses a newer schema that does not',
    [upgraded, sql('UPDATE schema_version SET version = 3, compatible_from = 2'), upgraded],
    1,
    /has schema version 3, which needs a Certbound of schema version 2/,
  ],
  [
    'status shows that schema and fails',
    [upgraded, sql('UPDATE schema_version SET version = 3, compatible_from = 2'), ['status']],
    1,
    /^schema version 3: [\s\S]*needs a Certbound of schema version 2/,
  ],
  [
    'upgrade refuses the tables of another program',
    [sql('CREATE TABLE orders (id INTEGER)'), upgraded],
    1,
    /not of Certbound: orders/,
  ],
  [
    'upgrade refuses tables that no migration created',
    [
      sql('CREATE TABLE schema_version (version INTEGER, compatible_from INTEGER)'),
      sql('INSERT INTO schema_version VALUES (1, 1)'),
      upgraded,
    ],
    1,
    /has schema version 1, but d1_migrations lists no migration/,
  ],
  [
    'upgrade refuses a version row that contradicts the record',
    [upgraded, sql('DELETE FROM d1_migrations'), upgraded],
    1,
    /has schema version 1, but d1_migrations lists no migration/,
  ],
]

describe('schema', () => {
  let memory: MemoryDatabases
  beforeAll(async () => {
    memory = await openMemoryDatabase(cases.length)
  }, 30_000)
  afterAll(() => memory.dispose())

  it.each(cases.map((one, i) => [...one, i] as const))(
    '%s',
    async (_, steps, status, printed, i) => {
      const database = memory.databases[i] ?? memory.database
      let last = { status: -1, printed: '' }
      for (const step of steps) {
        if ('sql' in step) await database.batch([statement(step.sql)])
        else last = await certbound(database, 'schema', ...step)
      }
      expect(last.printed).toMatch(printed)
      expect(last.status).toBe(status)
    },
  )

  it('status prints JSON', async () => {
    const { printed } = await certbound(memory.database, 'schema', 'status', '--json')
    expect(JSON.parse(printed)).toMatchObject({
      version: 1,
      compatible_from: 1,
      applied: [first],
      pending: [],
    })
  })
})

// wrangler's local database replaces the deployed one: the same commands on the same kind of database.
describe('schema and wrangler d1 migrations agree', { timeout: 60_000 }, () => {
  let folder: string
  let wrangler: RunWrangler
  const target = (name: string) => ['DB', '--local', '--persist-to', join(folder, name)]
  const remote = (name: string) => remoteDatabase(wrangler, target(name))
  const migrations = (verb: 'apply' | 'list', name: string) =>
    wrangler(['d1', 'migrations', verb, ...target(name)])

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certbound-migrations-'))
    wrangler = installedWrangler(folder)
    const config = `name = "x"\ncompatibility_date = "2026-10-01"\n
      [[d1_databases]]\nbinding = "DB"\ndatabase_name = "x"\ndatabase_id = "x"
      migrations_dir = ${JSON.stringify(migrationsFolder)}\n`
    await writeFile(join(folder, 'wrangler.toml'), config)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('if wrangler applied them', async () => {
    const applied = await migrations('apply', 'wrangler')
    expect(applied.status, applied.stderr).toBe(0)
    const { status, printed } = await certbound(remote('wrangler'), 'schema', 'status', '--json')
    expect(status, printed).toBe(0)
    expect(JSON.parse(printed)).toMatchObject({ version: 1, applied: [first], pending: [] })
  })

  it('if certbound applied them', async () => {
    const database = remote('certbound')
    const ran = await certbound(database, 'schema', 'upgrade', '--remote')
    expect(ran.status, ran.printed).toBe(0)
    const listed = await migrations('list', 'certbound')
    expect(listed.stdout).toContain('No migrations to apply')
    const [columns] = await Promise.all([query(database, "PRAGMA table_xinfo('d1_migrations')")])
    expect(columns).toEqual(await query(remote('wrangler'), "PRAGMA table_xinfo('d1_migrations')"))
  })
})

it('package.json publishes the migrations', async () => {
  const { files } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  expect(files).toEqual(expect.arrayContaining(['migrations', 'schema.sql']))
})
