import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type MemoryDatabases,
  openMemoryDatabase,
} from '../../../test/support/node/memory-database.ts'
import { audited } from '../../storage/audit-row.ts'
import { ConstraintViolation, query, statement } from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'
import { guarded } from './guarded.ts'
import { remoteDatabase } from './remote.ts'
import { installedWrangler } from './wrangler.ts'

// wrangler's local database replaces the deployed one: the same command, splitting, JSON and engine.
async function openThroughWrangler() {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-remote-'))
  const config = `name = "x"\ncompatibility_date = "2026-10-01"\n
    [[d1_databases]]\nbinding = "DB"\ndatabase_name = "x"\ndatabase_id = "x"\n`
  await writeFile(join(folder, 'wrangler.toml'), config)
  const target = ['DB', '--local', '--persist-to', join(folder, 'state')]
  return {
    database: remoteDatabase(installedWrangler(folder), target),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

const TABLES = [
  'CREATE TABLE things (name TEXT PRIMARY KEY, version INTEGER NOT NULL CHECK (version > 0), data BLOB) STRICT',
  `CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER, who TEXT, what TEXT, subject TEXT,
     before TEXT, after TEXT) STRICT`,
]

const INSERT =
  'INSERT INTO things (name, version, data) VALUES (?1, ?2, ?3) RETURNING name, version'
const RAISE = 'UPDATE things SET version = ?3 WHERE name = ?1 AND version = ?2 RETURNING version'
const entry = { at: 7, who: "o'neill", what: 'x', subject: 's', before: null, after: { a: 'ü;\n' } }

describe.each([
  ['local D1', openMemoryDatabase],
  ['wrangler', openThroughWrangler],
])('a database through %s', { timeout: 60_000 }, (_, openOne) => {
  let database: OpenDatabase
  let dispose: () => Promise<void>
  beforeAll(async () => {
    ;({ database, dispose } = await openOne())
    await database.batch(TABLES.map((sql) => statement(sql)))
  }, 60_000)
  afterAll(() => dispose())

  it('returns values as they were written, and the audit row of a change', async () => {
    const name = 'Gr\u00fc\u00dfe, "it\'s"; -- \0 \u202e'
    const results = await database.batch([
      statement(INSERT, name, 1, Uint8Array.of(0, 39, 255)),
      audited(entry),
      statement('SELECT name, version, hex(data) AS data FROM things'),
      statement(RAISE, name, 9, 2),
      audited({ ...entry, what: 'never' }),
      statement(RAISE, name, 1, 2),
      statement('SELECT who, what, before, after FROM audit'),
    ])
    expect(results).toEqual([
      [{ name, version: 1 }],
      [],
      [{ name, version: 1, data: '0027FF' }],
      [],
      [],
      [{ version: 2 }],
      // The change that did not happen has no audit row.
      [{ who: "o'neill", what: 'x', before: null, after: '{"a":"ü;\\n"}' }],
    ])
  })

  it('executes all of a batch or nothing, and reports the constraint', async () => {
    const twice = [
      statement(INSERT, 'twice', 1, null),
      audited(entry),
      statement(INSERT, 'twice', 1, null),
    ]
    const fault = await database.batch(twice).catch((caught: unknown) => caught)
    expect(fault).toBeInstanceOf(ConstraintViolation)
    expect(String(fault)).toContain('UNIQUE constraint failed: things.name')
    const rows = await query(database, "SELECT count(*) AS n FROM things WHERE name = 'twice'")
    expect(rows).toEqual([{ n: 0 }])
  })
})

describe('a guarded database', () => {
  let memory: MemoryDatabases
  beforeAll(async () => {
    memory = await openMemoryDatabase(8)
  }, 30_000)
  afterAll(() => memory.dispose())

  const advice = { where: 'the database', apply: 'apply it' }
  const versionRows = (...rows: readonly (readonly [number, number])[]): string[] => [
    'CREATE TABLE schema_version (version INTEGER, compatible_from INTEGER)',
    ...rows.map((row) => `INSERT INTO schema_version VALUES (${row.join()})`),
  ]
  const cases: [name: string, setUp: string[], refusal: RegExp | null][] = [
    ['no tables', [], /the database has no tables of Certbound/],
    ['no version row', versionRows(), /has no tables of Certbound/],
    ['two version rows', versionRows([1, 1], [2, 1]), /has no tables of Certbound/],
    ['a table without compatible_from', ['CREATE TABLE schema_version (version)'], /has no tables/],
    ['an older version', versionRows([0, 0]), /has schema version 0, this Certbound needs 1/],
    ['this version', versionRows([1, 1]), null],
    ['a newer version that serves this one', versionRows([3, 1]), null],
    ['a newer version that does not', versionRows([3, 2]), /needs a Certbound of schema version 2/],
  ]
  it.each(cases.map((one, i) => [...one, i] as const))('%s', async (_, setUp, refusal, i) => {
    const database = memory.databases[i] ?? memory.database
    for (const sql of setUp) await database.batch([statement(sql)])
    const write = guarded(database, advice).batch([statement('CREATE TABLE written (x) ')])
    if (refusal === null) await expect(write).resolves.toEqual([[]])
    else {
      const fault = await write.catch((caught: unknown) => caught)
      expect(fault).toBeInstanceOf(OperatorFault)
      expect(String(fault)).toMatch(refusal)
    }
    const written = await query(database, "SELECT 1 FROM sqlite_master WHERE name = 'written'")
    expect(written.length).toBe(refusal === null ? 1 : 0)
  })
})

describe('an answer of wrangler that is', () => {
  const answers: [name: string, status: number, stdout: string, fault: RegExp][] = [
    [
      'a failure in JSON',
      1,
      '\n{"error": {"text": "not logged in", "notes": [{"text": "run login"}]}}',
      /not logged in; run login/,
    ],
    ['a failure in text', 1, 'oh no', /oh no/],
    ['nothing', 3, '', /exit status 3/],
    ['fewer results than statements', 0, '[]', /wrangler could not query the database/],
  ]
  it.each(answers)('%s', async (_, status, stdout, fault) => {
    const database = remoteDatabase(
      async () => ({ status, stdout, stderr: '' }),
      ['DB', '--remote'],
    )
    await expect(query(database, 'SELECT 1')).rejects.toThrow(fault)
  })
  it('is not requested with more than a command line accepts', async () => {
    const database = remoteDatabase(async () => ({ status: 0, stdout: '[]', stderr: '' }), [])
    const long = statement('SELECT ?1', new Uint8Array(60_000))
    await expect(database.batch([long])).rejects.toThrow(/too much for one command/)
  })
})
