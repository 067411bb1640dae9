import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  freshDatabase,
  type UnreliableDatabase,
  unreliable,
} from '../../test/support/worker/database.ts'
import {
  accepts,
  askForKey,
  issue,
  kids,
  octets,
  revoke,
  startWorker,
} from '../../test/support/worker/keys.ts'
import { copyKey, kvCopies } from '../storage/dated-copy.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'

const now = 1_800_000_000

let d1: UnreliableDatabase
beforeEach(async () => {
  d1 = unreliable(await freshDatabase())
  await env.KV.delete('signing-keys')
})

describe('the cache of an isolate', () => {
  it('reads D1 once in 25 seconds, and unwraps a row once', async () => {
    const worker = startWorker(d1.db)
    const first = await worker.at(now)
    const asked = d1.asked
    for (const later of [0, 1, 24]) expect(await worker.at(now + later)).toBe(first)
    expect(d1.asked).toBe(asked)
    const second = await worker.at(now + 25)
    expect(d1.asked).toBe(asked + 1)
    expect(second.asOf).toBe(now + 25)
    expect(second.signer.key).toBe(first.signer.key)
  })

  it('lets one of many requests read D1', async () => {
    const worker = startWorker(d1.db)
    await worker.at(now)
    const asked = d1.asked
    await Promise.all(Array.from({ length: 20 }, () => worker.at(now + 26)))
    expect(d1.asked).toBe(asked + 1)
  })

  it('drops a revoked key within 30 seconds', async () => {
    const worker = startWorker(d1.db)
    const before = await worker.at(now)
    const token = await issue(before, now)
    expect(await accepts(before, token, now + 30)).toBe(true)
    await revoke(d1.db, before.signer.kid, now + 1)
    const after = await worker.at(now + 30)
    expect(kids(after)).toEqual([after.signer.kid])
    expect(after.signer.kid).not.toBe(before.signer.kid)
    expect(await accepts(after, token, now + 30)).toBe(false)
    expect(await accepts(after, await issue(after, now + 30), now + 30)).toBe(true)
  })

  it('switches to an upcoming key at its time, without reading D1', async () => {
    const worker = startWorker(d1.db)
    const { signer } = await worker.at(now)
    await askForKey(d1.db, now, now + 900)
    await worker.maintain(now + 10)
    await worker.at(now + 880)
    d1.down = true
    expect((await worker.at(now + 899)).signer.kid).toBe(signer.kid)
    expect((await worker.at(now + 900)).signer.kid).not.toBe(signer.kid)
  })
})

describe('while D1 does not answer', () => {
  it('the last known keys are used until STALE_IF_ERROR ends', async () => {
    const worker = startWorker(d1.db)
    const before = await worker.at(now)
    d1.down = true
    for (const later of [24, 29, 31, 299, 300]) {
      expect((await worker.at(now + later)).signer.kid).toBe(before.signer.kid)
    }
    await expect(worker.at(now + 301)).rejects.toThrow(StoreUnavailable)
    await expect(worker.at(now + 306)).rejects.toThrow(StoreUnavailable)
    d1.down = false
    const after = await worker.at(now + 311)
    expect(after.signer.kid).toBe(before.signer.kid)
    expect(await accepts(after, await issue(before, now + 300), now + 311)).toBe(true)
    expect(worker.events.at(1)).toEqual({
      code: 'keys_stale',
      as_of: now,
      cause: 'Error: D1_ERROR: Network connection lost.',
    })
  })

  it('no stale keys are used if STALE_IF_ERROR is 0', async () => {
    const worker = startWorker(d1.db, { staleIfError: 0 })
    await worker.at(now)
    d1.down = true
    expect((await worker.at(now + 29)).asOf).toBe(now)
    await expect(worker.at(now + 34)).rejects.toThrow(StoreUnavailable)
  })

  it('it is read once in five seconds', async () => {
    const warm = startWorker(d1.db)
    await warm.at(now)
    const cold = startWorker(d1.db)
    d1.down = true
    for (const worker of [warm, cold]) {
      const asked = d1.asked
      for (const later of [40, 41, 44]) await worker.at(now + later).catch(() => {})
      expect(d1.asked).toBe(asked + 1)
      await worker.at(now + 45).catch(() => {})
      expect(d1.asked).toBe(asked + 2)
    }
  })

  it('a cold isolate uses the dated copy until it is too old', async () => {
    const copies = () => kvCopies(env.KV, 300)
    const before = await startWorker(d1.db, { copies: copies() }).at(now)
    d1.down = true
    const cold = startWorker(d1.db, { copies: copies() })
    const keyring = await cold.at(now + 300)
    expect(keyring.asOf).toBe(now)
    expect(await accepts(before, await issue(keyring, now + 300), now + 301)).toBe(true)
    await expect(startWorker(d1.db).at(now + 300)).rejects.toThrow(StoreUnavailable)
    const late = startWorker(d1.db, { copies: copies() }).at(now + 301)
    await expect(late).rejects.toThrow(StoreUnavailable)
  })

  it('a copy with a longer lifetime is used no longer than STALE_IF_ERROR', async () => {
    const copies = kvCopies(env.KV, 900)
    await startWorker(d1.db, { copies }).at(now)
    d1.down = true
    expect((await startWorker(d1.db, { copies }).at(now + 300)).asOf).toBe(now)
    await expect(startWorker(d1.db, { copies }).at(now + 301)).rejects.toThrow(StoreUnavailable)
  })

  const alterations: [name: string, alter: (row: Record<string, unknown>) => unknown][] = [
    ['another date', (row) => ({ ...row, activate_at: now - 1 })],
    ['another wrap', (row) => ({ ...row, wrapped_private_key: 'AB' })],
    ['a text as a row', () => 'row'],
    ['a missing column', ({ iv: _, ...row }) => row],
  ]
  it.each(alterations)('a copy with %s is not used', async (_, alter) => {
    const copies = kvCopies(env.KV, 300)
    await startWorker(d1.db, { copies }).at(now)
    const copy = await env.KV.get<{ asOf: number; value: never[] }>(copyKey('signing-keys'), 'json')
    if (copy === null) throw new Error('no copy')
    const serve = async (value: unknown) => {
      await env.KV.put(copyKey('signing-keys'), JSON.stringify({ ...copy, value }))
      return startWorker(d1.db, { copies }).at(now + 1)
    }
    d1.down = true
    expect((await serve(copy.value)).asOf).toBe(now)
    await expect(serve(copy.value.map(alter))).rejects.toThrow(StoreUnavailable)
    await expect(serve('rows')).rejects.toThrow(StoreUnavailable)
  })

  it('a copy cannot be used without its key-encryption key', async () => {
    const copies = kvCopies(env.KV, 300)
    await startWorker(d1.db, { copies }).at(now)
    d1.down = true
    const keyEncryptionKeys = { current: octets(2), previous: null }
    const other = startWorker(d1.db, { copies, keyEncryptionKeys })
    await expect(other.at(now + 1)).rejects.toThrow(StoreUnavailable)
  })
})

describe('another schema', () => {
  const cases: [name: string, sql: string, found: number | null][] = [
    ['a later version', 'UPDATE schema_version SET version = 2, compatible_from = 2', 2],
    ['no version', 'DELETE FROM schema_version', null],
    ['two versions', 'INSERT INTO schema_version (version, compatible_from) VALUES (2, 1)', null],
    ['no table of versions', 'DROP TABLE schema_version', null],
    ['no table of keys', 'DROP TABLE signing_keys', null],
  ]
  it.each(cases)('%s: no key is used', async (_, sql, found) => {
    await startWorker(d1.db).at(now)
    await d1.db.prepare(sql).run()
    const fault: unknown = await startWorker(d1.db)
      .at(now)
      .catch((thrown: unknown) => thrown)
    expect(fault).toBeInstanceOf(SchemaMismatch)
    expect(fault).toHaveProperty('found', found)
  })

  it('a newer version that works with this code is used', async () => {
    await startWorker(d1.db).at(now)
    await d1.db.prepare('UPDATE schema_version SET version = 7').run()
    await expect(startWorker(d1.db).at(now)).resolves.toBeDefined()
  })

  it('is checked again after five seconds', async () => {
    const worker = startWorker(d1.db)
    const { signer } = await worker.at(now)
    await d1.db.prepare('UPDATE schema_version SET version = 2, compatible_from = 2').run()
    await expect(worker.at(now + 40)).rejects.toThrow(SchemaMismatch)
    await expect(worker.at(now + 41)).rejects.toThrow(SchemaMismatch)
    await d1.db.prepare('UPDATE schema_version SET version = 1, compatible_from = 1').run()
    expect((await worker.at(now + 45)).signer.kid).toBe(signer.kid)
  })
})
