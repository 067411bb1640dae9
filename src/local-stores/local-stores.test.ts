import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaVersion } from '../storage/schema-version.ts'
import { applySchema, readMigrations } from './migrations.ts'
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

describe('applySchema', { timeout: 20_000 }, () => {
  it('creates the tables once, and then applies nothing', async () => {
    const { db } = await open()
    const names = (await readMigrations()).map(({ name }) => name)
    expect(await applySchema(db)).toMatchObject({ ok: true, value: { added: names } })
    expect(await applySchema(db)).toMatchObject({
      ok: true,
      value: { added: [], pending: [], installed: { version: schemaVersion } },
    })
  })

  it('creates them once if two processes do it at the same time', async () => {
    const [a, b] = [await open(), await open()]
    const outcomes = await Promise.all([applySchema(a.db), applySchema(b.db)])
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true])
  })
})

describe('one data folder, two processes', { timeout: 20_000 }, () => {
  it('loses no write and is never busy', async () => {
    const [a, b] = [await open(), await open()]
    await a.db.prepare('CREATE TABLE marks (mark TEXT PRIMARY KEY) STRICT').run()
    const mark = (stores: LocalStores, text: string) =>
      stores.db.prepare('INSERT INTO marks VALUES (?1)').bind(text).run()
    const writes = Array.from({ length: 50 }, (_, i) => [mark(a, `a${i}`), mark(b, `b${i}`)]).flat()
    await Promise.all(writes)
    expect(await b.db.prepare('SELECT count(*) AS n FROM marks').first()).toEqual({ n: 100 })
  })

  it('keeps the data of D1 and KV when the first owner exits', async () => {
    const [a, b] = [await open(), await open()]
    await applySchema(a.db)
    await a.kv.put('name', 'value')
    await a.dispose()
    // The handover takes until the registry is read again; queries fail in the meantime.
    const survivor = () => b.kv.get('name').catch(() => 'no owner')
    await expect.poll(survivor, { timeout: 5_000 }).toBe('value')
    expect(await applySchema(b.db)).toMatchObject({ ok: true, value: { added: [] } })
  })
})
