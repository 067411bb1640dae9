import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/support/worker/database.ts'
import {
  accepts,
  askForKey,
  askForRewrap,
  issue,
  kids,
  octets,
  revoke,
  startWorker,
} from '../../test/support/worker/keys.ts'
import { d1Database } from '../storage/database.ts'
import { d1KeyStore } from './d1-key-store.ts'
import { keyEncryptionKeyId } from './key-encryption-key.ts'

const now = 1_800_000_000
const bothKeys = { keyEncryptionKeys: { current: octets(2), previous: octets(1) } }
const onlyNew = { keyEncryptionKeys: { current: octets(2), previous: null } }

let db: D1Database
beforeEach(async () => {
  db = await freshDatabase()
})

const rows = async (sql: string) => (await db.prepare(sql).all()).results
const intents = () => rows('SELECT what, done_at, outcome FROM key_intents ORDER BY id')

describe('key rotate', () => {
  it('publishes the new key ahead, switches, and retires the old one after its last token', async () => {
    const worker = startWorker(db)
    const old = (await worker.at(now)).signer.kid
    await askForKey(db, now, now + 900)
    await worker.maintain(now + 10)
    const ahead = await worker.at(now + 11)
    const fresh = kids(ahead).find((kid) => kid !== old)
    expect(kids(ahead)).toEqual([fresh, old])
    expect(ahead.signer.kid).toBe(old)

    const last = await worker.at(now + 899)
    const token = await issue(last, now + 899, 3600)
    const switched = await worker.at(now + 900)
    expect(switched.signer.kid).toBe(fresh)
    expect(kids(switched)).toEqual([fresh, old])
    expect(await accepts(ahead, await issue(switched, now + 900), now + 900)).toBe(true)

    expect(await accepts(await worker.at(now + 4498), token, now + 4498)).toBe(true)
    await worker.maintain(now + 900 + 3959)
    expect(kids(await worker.at(now + 900 + 3959))).toEqual([fresh, old])
    await worker.maintain(now + 900 + 3960)
    expect(kids(await worker.at(now + 900 + 3960))).toEqual([fresh])
    expect(await rows('SELECT kid FROM signing_keys')).toEqual([{ kid: fresh }])
    expect(await rows('SELECT at, what, subject FROM audit ORDER BY id')).toEqual([
      { at: now, what: 'key.generate', subject: old },
      { at: now + 10, what: 'key.generate', subject: fresh },
      { at: now + 900 + 3960, what: 'key.prune', subject: old },
    ])
  })

  it('a retired key leaves the JWK Set at its time, also between two reads of D1', async () => {
    const worker = startWorker(db)
    await worker.at(now)
    await askForKey(db, now + 1, now + 1)
    await worker.maintain(now + 1)
    await worker.at(now + 3951)
    expect(kids(await worker.at(now + 3960))).toHaveLength(2)
    expect(kids(await worker.at(now + 3961))).toHaveLength(1)
  })

  const lateness: [name: string, lead: number, doneAfter: number, signsAfter: number][] = [
    ['in time', 900, 60, 900],
    ['late: published for six minutes anyway', 900, 3600, 3960],
    ['late, with a short lead: the lead is kept', 60, 3600, 3660],
    ['at once', 0, 30, 30],
  ]
  it.each(lateness)('%s', async (_, lead, doneAfter, signsAfter) => {
    const worker = startWorker(db)
    const { signer } = await worker.at(now)
    await askForKey(db, now, now + lead)
    await worker.maintain(now + doneAfter)
    const [row] = await db
      .prepare('SELECT activate_at FROM signing_keys WHERE kid <> ?1')
      .bind(signer.kid)
      .all()
      .then(({ results }) => results)
    expect(row).toEqual({ activate_at: now + signsAfter })
  })

  it('generates the new key with the configured algorithm', async () => {
    const { signer } = await startWorker(db).at(now)
    const worker = startWorker(db, { signingAlg: 'EdDSA' })
    const before = await worker.at(now)
    expect(before.signer).toMatchObject({ kid: signer.kid, alg: 'ES256' })
    await askForKey(db, now + 1, now + 1)
    await worker.maintain(now + 1)
    const after = await worker.at(now + 1)
    expect(after.signer.alg).toBe('EdDSA')
    for (const keyring of [before, after]) {
      expect(await accepts(after, await issue(keyring, now + 1), now + 1)).toBe(true)
    }
  })

  it('is executed once by two Workers at the same time', async () => {
    const workers = [startWorker(db), startWorker(db)]
    await workers[0]?.at(now)
    await askForKey(db, now, now + 900)
    await Promise.all(workers.map((worker) => worker.maintain(now + 1)))
    expect(await rows('SELECT count(*) AS keys FROM signing_keys')).toEqual([{ keys: 2 }])
    const [{ kid } = {}] = await rows('SELECT kid FROM signing_keys WHERE activate_at > created_at')
    expect(await intents()).toEqual([{ what: 'generate', done_at: now + 1, outcome: kid }])
    const [one, other] = await Promise.all(workers.map((worker) => worker.at(now + 2)))
    expect(kids(one ?? fail())).toEqual(kids(other ?? fail()))
    const generated = workers.flatMap(({ events }) =>
      events.filter((event) => event.code === 'key_generated' && event.intent !== null),
    )
    expect(generated).toEqual([
      { code: 'key_generated', kid, alg: 'ES256', activate_at: now + 900, intent: 1 },
    ])
    const audit = `SELECT after FROM audit WHERE subject = '${kid}'`
    expect((await rows(audit)).map(({ after }) => JSON.parse(String(after)))).toEqual([
      {
        alg: 'ES256',
        activate_at: now + 900,
        key_encryption_key: await keyEncryptionKeyId(octets(1)),
        intent: 1,
      },
    ])
  })
})

describe('key revoke', () => {
  it('an upcoming key signs at once, because it is published', async () => {
    const worker = startWorker(db)
    const { signer } = await worker.at(now)
    await askForKey(db, now, now + 900)
    await worker.maintain(now + 1)
    const upcoming = kids(await worker.at(now + 2))[0]
    await revoke(db, signer.kid, now + 3)
    const keyring = await worker.at(now + 33)
    expect(kids(keyring)).toEqual([upcoming])
    expect(keyring.signer.kid).toBe(upcoming)
    expect(worker.codes()).toEqual(['key_generated', 'key_generated'])
  })

  const ages: [name: string, age: number, kept: boolean][] = [
    ['is kept for 90 days', 90 * 86_400, true],
    ['is deleted after 90 days', 90 * 86_400 + 1, false],
  ]
  it.each(ages)('a revoked row %s', async (_, age, kept) => {
    const worker = startWorker(db)
    const { signer } = await worker.at(now)
    await revoke(db, signer.kid, now + 1)
    await worker.maintain(now + 1 + age)
    const left = await rows('SELECT kid FROM signing_keys WHERE revoked_at IS NOT NULL')
    expect(left).toEqual(kept ? [{ kid: signer.kid }] : [])
    const audit = await rows(`SELECT subject FROM audit WHERE what = 'key.prune'`)
    expect(audit).toEqual(kept ? [] : [{ subject: signer.kid }])
  })
})

describe('key rewrap', () => {
  it('rewraps every row, so that the old key-encryption key can be deleted', async () => {
    const first = await startWorker(db).at(now)
    const token = await issue(first, now)
    await askForKey(db, now, now + 900)
    await startWorker(db).maintain(now)
    const worker = startWorker(db, bothKeys)
    expect((await worker.at(now)).signer.kid).toBe(first.signer.kid)
    await askForRewrap(db, now)
    await worker.maintain(now + 1)
    const outcome = '2 rewrapped, 0 left'
    expect((await intents())[1]).toEqual({ what: 'rewrap', done_at: now + 1, outcome })
    expect(worker.events).toEqual([{ code: 'keys_rewrapped', intent: 2, outcome }])

    const after = startWorker(db, onlyNew)
    const keyring = await after.at(now + 2)
    expect(keyring.signer.kid).toBe(first.signer.kid)
    expect(keyring.published).toEqual((await worker.at(now + 2)).published)
    expect(await accepts(keyring, token, now + 2)).toBe(true)
    expect(await accepts(first, await issue(keyring, now + 2), now + 2)).toBe(true)
    expect(keyring.signer.key.extractable).toBe(false)
    expect(after.events).toEqual([])
    const [old, fresh] = await Promise.all([1, 2].map((n) => keyEncryptionKeyId(octets(n))))
    const audit = await rows(`SELECT subject, before, after FROM audit WHERE what = 'key.rewrap'`)
    expect(audit).toHaveLength(2)
    expect(audit.map(({ before, after }) => [before, after])[0]).toEqual([
      JSON.stringify({ key_encryption_key: old }),
      JSON.stringify({ key_encryption_key: fresh }),
    ])
  })

  it('does not rewrap a changed row', async () => {
    await startWorker(db).at(now)
    await db.prepare('UPDATE signing_keys SET activate_at = activate_at - 1').run()
    const changed = await rows('SELECT * FROM signing_keys')
    await askForRewrap(db, now)
    await startWorker(db, bothKeys).maintain(now)
    expect((await intents())[0]?.outcome).toBe('0 rewrapped, 1 left')
    expect(await rows('SELECT * FROM signing_keys ORDER BY activate_at LIMIT 1')).toEqual(changed)
  })

  it('is executed once by two Workers at the same time', async () => {
    const { signer } = await startWorker(db).at(now)
    await askForRewrap(db, now)
    const workers = [startWorker(db, bothKeys), startWorker(db, bothKeys)]
    await Promise.all(workers.map((worker) => worker.maintain(now + 1)))
    expect(workers.flatMap((worker) => worker.codes())).toEqual(['keys_rewrapped'])
    expect(await rows(`SELECT subject FROM audit WHERE what = 'key.rewrap'`)).toHaveLength(1)
    expect((await startWorker(db, onlyNew).at(now + 2)).signer.kid).toBe(signer.kid)
  })

  it('does not restore a key that is revoked at the same time', async () => {
    const { signer } = await startWorker(db).at(now)
    await askForRewrap(db, now)
    const store = d1KeyStore(d1Database(db))
    const rewrap: typeof store.rewrap = async (...moving) => {
      await revoke(db, signer.kid, now)
      return await store.rewrap(...moving)
    }
    await startWorker(db, { ...bothKeys, store: { ...store, rewrap } }).maintain(now)
    expect((await intents())[0]?.outcome).toBe('0 rewrapped, 0 left')
    expect(kids(await startWorker(db, bothKeys).at(now + 1))).not.toContain(signer.kid)
  })
})

const fail = (): never => {
  throw new Error('no keyring')
}
