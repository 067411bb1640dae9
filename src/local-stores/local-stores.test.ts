import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applySchema, readSchema, schemaRefusalText } from './apply-schema.ts'
import { type LocalStores, openLocalStores } from './open-local-stores.ts'

let dataDir = ''
let opened: LocalStores[] = []

const open = async (): Promise<LocalStores> => {
  const stores = await openLocalStores(dataDir)
  opened.push(stores)
  return stores
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'certbound-stores-'))
})
afterEach(async () => {
  await Promise.all(opened.map((stores) => stores.dispose()))
  opened = []
  await rm(dataDir, { recursive: true, force: true })
})

describe('applySchema', () => {
  it('makes the tables once, and knows them again', async () => {
    const { db } = await open()
    expect(await applySchema(db)).toEqual({ ok: true, value: 'created' })
    expect(await applySchema(db)).toEqual({ ok: true, value: 'present' })
    const { version } = await readSchema()
    expect(await db.prepare('SELECT version FROM schema_version').all()).toMatchObject({
      results: [{ version }],
    })
  })

  it('makes them once when two do it at the same time', async () => {
    const [a, b] = [await open(), await open()]
    const outcomes = await Promise.all([applySchema(a.db), applySchema(b.db)])
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true])
  })

  it('refuses another version', async () => {
    const { db } = await open()
    await applySchema(db)
    await db.prepare('UPDATE schema_version SET version = 999').run()
    const outcome = await applySchema(db)
    expect(outcome).toEqual({
      ok: false,
      error: { why: 'other_version', found: 999, wanted: (await readSchema()).version },
    })
    expect(outcome.ok ? '' : schemaRefusalText(outcome.error, dataDir)).toContain('move the folder')
  })

  it("refuses somebody else's tables", async () => {
    const { db } = await open()
    await db.prepare('CREATE TABLE orders (id INTEGER)').run()
    const outcome = await applySchema(db)
    expect(outcome).toEqual({ ok: false, error: { why: 'foreign_tables', tables: ['orders'] } })
    expect(outcome.ok ? '' : schemaRefusalText(outcome.error, dataDir)).toContain('--data-dir')
  })
})

describe('one data folder, two processes', () => {
  it('loses no write and is never busy', async () => {
    const [a, b] = [await open(), await open()]
    await a.db.prepare('CREATE TABLE marks (mark TEXT PRIMARY KEY) STRICT').run()
    const mark = (stores: LocalStores, text: string) =>
      stores.db.prepare('INSERT INTO marks VALUES (?1)').bind(text).run()
    const writes = Array.from({ length: 50 }, (_, i) => [mark(a, `a${i}`), mark(b, `b${i}`)]).flat()
    await Promise.all(writes)
    expect(await b.db.prepare('SELECT count(*) AS n FROM marks').first()).toEqual({ n: 100 })
  })

  it('keeps what was written, for D1 and KV, also when the first owner has left', async () => {
    const [a, b] = [await open(), await open()]
    await applySchema(a.db)
    await a.kv.put('name', 'value')
    await a.dispose()
    // The handover takes until the registry is read again; what was asked meanwhile is refused.
    const survivor = () => b.kv.get('name').catch(() => 'no owner')
    await expect.poll(survivor, { timeout: 5_000 }).toBe('value')
    expect(await applySchema(b.db)).toEqual({ ok: true, value: 'present' })
  })
})
