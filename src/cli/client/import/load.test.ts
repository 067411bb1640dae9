import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { manyClients, manyClientsSet } from '../../../../test/support/node/many-clients.ts'
import { openMemoryDatabase } from '../../../../test/support/node/memory-database.ts'
import { applyStatements } from '../../../../test/support/node/schema.ts'
import { ConstraintViolation, type Database, query, statement } from '../../database/database.ts'
import { inlineParameters } from '../../database/literal.ts'
import { longestCommand, remoteDatabase } from '../../database/remote.ts'
import { checkImport, type OnConflict, type Plan } from './check.ts'
import type { ClientsFile } from './chunks.ts'
import { loadClients } from './load.ts'

let memory: Awaited<ReturnType<typeof openMemoryDatabase>>
let database: Database
let folder: string
let file: ClientsFile
beforeAll(async () => {
  memory = await openMemoryDatabase()
  database = memory.database
  await applyStatements(database)
  await query(
    database,
    'INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, 1)',
    manyClientsSet,
  )
  folder = await mkdtemp(join(tmpdir(), 'certbound-load-'))
}, 30_000)
afterAll(async () => {
  await memory.dispose()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.batch([statement('DELETE FROM clients'), statement('DELETE FROM audit')])
  file = await write([...manyClients(50)])
})

async function write(lines: readonly string[]): Promise<ClientsFile> {
  const path = join(folder, 'clients.jsonl')
  await writeFile(path, `${lines.join('\n')}\n`)
  return { path, name: 'clients.jsonl', size: (await stat(path)).size }
}

const quiet = { at: () => {}, end: () => {} }
const limits = { clients: 20, octets: 100_000 }

async function planOf(onConflict: OnConflict = 'refuse'): Promise<Plan> {
  const checked = await checkImport(database, file, { limits, onConflict }, quiet)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  return checked.value
}

const load = (plan: Plan, onConflict: OnConflict = 'refuse', by = database, now = 1) =>
  loadClients(by, file, plan, { limits, onConflict, who: 'me', now }, quiet)

const clients = async () => (await query(database, 'SELECT 1 FROM clients')).length

const audits = async () =>
  (await query(database, 'SELECT after FROM audit ORDER BY id')).map((row) =>
    JSON.parse(String(row.after)),
  )

describe('an import', () => {
  it('that is sent twice is done once', async () => {
    const twice: Database = {
      ...database,
      async batch(statements) {
        await database.batch(statements)
        return database.batch(statements)
      },
    }
    expect(await load(await planOf(), 'refuse', twice)).toBe(50)
    expect(await clients()).toBe(50)
    expect(await audits()).toMatchObject([{ clients: 50, done: 50, written: 50 }])
  })

  it('that is cut short says how far it came, and is taken up again', async () => {
    let writes = 0
    const failing: Database = {
      ...database,
      batch(statements) {
        if (statements.length === 3 && ++writes === 2) throw new Error('the power is gone')
        return database.batch(statements)
      },
    }
    await expect(load(await planOf(), 'refuse', failing)).rejects.toThrow('the power is gone')
    expect(await clients()).toBe(20)
    expect(await audits()).toMatchObject([{ clients: 50, done: 20, written: 20 }])
    const plan = await planOf('skip')
    expect(plan.present).toBe(20)
    expect(await load(plan, 'skip', database, 2)).toBe(30)
    expect(await clients()).toBe(50)
    expect((await audits())[1]).toMatchObject({ done: 50, written: 30 })
  })

  it('stops where others have registered one of its clients meanwhile', async () => {
    const plan = await planOf()
    await load(plan)
    await query(database, "DELETE FROM clients WHERE client_id < 'partner-00000045'")
    await expect(load(plan, 'refuse', database, 2)).rejects.toThrow(ConstraintViolation)
    expect((await audits())[1]).toMatchObject({ done: 40, written: 40 })
  })

  it('stops where its file is another one than was checked', async () => {
    const plan = await planOf()
    await appendFile(file.path, `${[...manyClients(1, 50)].join()}\n`)
    await expect(load(plan)).rejects.toThrow('clients.jsonl was changed while it was read')
  })

  it('has an audit row of its own, also in one second with another one', async () => {
    const plan = await planOf()
    await load(plan)
    await query(database, 'DELETE FROM clients')
    await load(plan)
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

  it('each is short enough, whatever the names', async () => {
    const named = [...manyClients(300)].map((line, i) =>
      JSON.stringify({ ...JSON.parse(line), client_name: `${'界'.repeat(180)} ${i}; --'` }),
    )
    file = await write(named)
    const most = { clients: 1000, octets: Math.floor((longestCommand - 6000) / 2) }
    const sizes: number[] = []
    const wrangler = remote(sizes)
    const how = { limits: most, onConflict: 'replace' } as const
    const plan = await checkImport(wrangler, file, how, quiet)
    if (!plan.ok) throw new Error(JSON.stringify(plan.error))
    const by = { ...how, who: 'me', now: 1 }
    expect(await loadClients(wrangler, file, plan.value, by, quiet)).toBe(300)
    expect(await clients()).toBe(300)
    expect(Math.max(...sizes)).toBeLessThan(longestCommand)
    expect(Math.max(...sizes)).toBeGreaterThan(longestCommand / 2)
    const [row] = await query(
      database,
      'SELECT client_name FROM clients WHERE client_id LIKE ?1',
      '%7',
    )
    expect(row?.client_name).toBe(`${'界'.repeat(180)} 7; --'`)
  })
})

describe('its statements', () => {
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
      const plan = await checkImport(watched, file, { limits, onConflict: rule }, quiet)
      if (plan.ok) await load(plan.value, rule, watched, 10 + rule.length)
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
