import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { manyClients, manyClientsSet } from '../../../../test/support/node/many-clients.ts'
import { openMemoryDatabase } from '../../../../test/support/node/memory-database.ts'
import { applyStatements } from '../../../../test/support/node/schema.ts'
import type { OnConflict } from '../../../clients/client-import.ts'
import { ConstraintViolation, type Database, query, statement } from '../../../storage/database.ts'
import { inlineParameters } from '../../database/literal.ts'
import { maxSqlLength, remoteDatabase } from '../../database/remote.ts'
import { loadClients } from '../import.ts'
import { checkImport } from './check.ts'
import type { ChunkLimits } from './chunks.ts'
import { withSpool } from './files.ts'

let memory: Awaited<ReturnType<typeof openMemoryDatabase>>
let database: Database
beforeAll(async () => {
  memory = await openMemoryDatabase()
  database = memory.database
  await applyStatements(database)
  await query(
    database,
    'INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, 1)',
    manyClientsSet,
  )
}, 30_000)
afterAll(() => memory.dispose())
beforeEach(() => database.batch([statement('DELETE FROM clients'), statement('DELETE FROM audit')]))

const quiet = { at: () => {}, end: () => {} }

/** Imports fifty clients, or other lines. */
type Wish = {
  readonly onConflict?: OnConflict
  readonly by?: Database
  readonly lines?: readonly string[]
  readonly limits?: ChunkLimits
  /** Happens between the check and the load. */
  readonly meanwhile?: () => Promise<unknown>
}

async function load(wish: Wish = {}): Promise<{ present: number; written: number }> {
  const { onConflict = 'refuse', by: sink = database, lines = [...manyClients(50)] } = wish
  const { limits = { clients: 20, octets: 100_000 }, meanwhile = async () => {} } = wish
  async function* pieces() {
    yield new TextEncoder().encode(`${lines.join('\n')}\n`)
  }
  return withSpool(async (spool) => {
    const source = { pieces: pieces() }
    const checked = await checkImport(sink, source, spool, { limits, onConflict }, quiet)
    if (!checked.ok) throw new Error(JSON.stringify(checked.error))
    await meanwhile()
    const { clients, sha256 } = checked.value
    const by = { who: 'me', at: 1 }
    const run = { onConflict, by, file: 'clients.jsonl', clients, sha256 }
    const written = await loadClients(sink, spool, run, quiet)
    return { present: checked.value.present, written }
  })
}

const clients = async () => (await query(database, 'SELECT 1 FROM clients')).length

const audits = async () =>
  (await query(database, 'SELECT after FROM audit ORDER BY id')).map((row) =>
    JSON.parse(String(row.after)),
  )

describe('an import', () => {
  it('whose batches are sent twice writes once', async () => {
    const twice: Database = {
      ...database,
      async batch(statements) {
        await database.batch(statements)
        return database.batch(statements)
      },
    }
    expect(await load({ by: twice })).toMatchObject({ written: 50 })
    expect(await clients()).toBe(50)
    expect(await audits()).toMatchObject([{ clients: 50, done: 50, written: 50 }])
  })

  it('that is interrupted records its progress, and can be continued', async () => {
    let writes = 0
    const failing: Database = {
      ...database,
      batch(statements) {
        if (statements.length === 3 && ++writes === 2) throw new Error('the power is gone')
        return database.batch(statements)
      },
    }
    await expect(load({ by: failing })).rejects.toThrow('the power is gone')
    expect(await clients()).toBe(20)
    expect(await audits()).toMatchObject([{ clients: 50, done: 20, written: 20 }])
    expect(await load({ onConflict: 'skip' })).toEqual({ present: 20, written: 30 })
    expect(await clients()).toBe(50)
    expect((await audits())[1]).toMatchObject({ done: 50, written: 30 })
  })

  it('stops if others register one of its clients at the same time', async () => {
    const meanwhile = () => load({ lines: [...manyClients(1, 45)] })
    await expect(load({ meanwhile })).rejects.toThrow(ConstraintViolation)
    expect((await audits())[1]).toMatchObject({ done: 40, written: 40 })
    expect(await clients()).toBe(41)
  })

  it('has its own audit row, also in the same second as another import', async () => {
    await load()
    await query(database, 'DELETE FROM clients')
    await load()
    expect(await audits()).toMatchObject([{ written: 50 }, { written: 50 }])
  })
})

describe('through commands of wrangler', () => {
  /** Does what wrangler would do, and measures. */
  const remote = (sizes: number[]) =>
    remoteDatabase(
      async (args) => {
        const sql = args[args.indexOf('--command') + 1] ?? ''
        sizes.push(sql.length)
        const statements = sql.split('; ').map((one) => statement(one))
        const results = await database.batch(statements)
        return {
          status: 0,
          stdout: JSON.stringify(results.map((rows) => ({ results: rows }))),
          stderr: '',
        }
      },
      ['DB', '--remote'],
    )

  it('every command is short enough for any name', async () => {
    const named = [...manyClients(300)].map((line, i) =>
      JSON.stringify({ ...JSON.parse(line), client_name: `${'界'.repeat(180)} ${i}; --'` }),
    )
    const limits = { clients: 1000, octets: Math.floor((maxSqlLength - 6000) / 2) }
    const sizes: number[] = []
    const wish = { by: remote(sizes), lines: named, limits, onConflict: 'replace' } as const
    expect(await load(wish)).toEqual({ present: 0, written: 300 })
    expect(await clients()).toBe(300)
    expect(Math.max(...sizes)).toBeLessThan(maxSqlLength)
    expect(Math.max(...sizes)).toBeGreaterThan(maxSqlLength / 2)
    const [row] = await query(
      database,
      'SELECT client_name FROM clients WHERE client_id LIKE ?1',
      '%7',
    )
    expect(row?.client_name).toBe(`${'界'.repeat(180)} 7; --'`)
  })
})

describe('the statements of an import', () => {
  it('find their rows by indexes', async () => {
    const sent = new Map<string, string>()
    const watched: Database = {
      ...database,
      batch(statements) {
        for (const one of statements) sent.set(one.sql, inlineParameters(one))
        return database.batch(statements)
      },
    }
    for (const rule of ['refuse', 'skip', 'replace'] as const) {
      await query(database, 'DELETE FROM clients')
      await load({ onConflict: rule, by: watched })
    }
    expect(sent.size).toBe(8)
    for (const sql of sent.values()) {
      const plan = await query(database, `EXPLAIN QUERY PLAN ${sql}`)
      const scans = plan
        .map(({ detail }) => detail)
        .filter((step) => /^SCAN (clients|c|audit|s)\b/.test(String(step)))
      expect(scans, sql).toEqual([])
    }
  })
})
