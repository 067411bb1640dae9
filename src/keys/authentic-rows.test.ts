import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/support/worker/database.ts'
import {
  accepts,
  issue,
  issuer,
  kids,
  octets,
  startWorker,
} from '../../test/support/worker/keys.ts'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { d1Database } from '../storage/database.ts'
import { d1KeyStore } from './d1-key-store.ts'
import { importKeyEncryptionKeys, keyEncryptionKeyId } from './key-encryption-key.ts'
import type { KeyRow } from './key-row.ts'
import { generateKey } from './wrapping.ts'

const now = 1_800_000_000
const both = { keyEncryptionKeys: { current: octets(1), previous: octets(2) } }

let db: D1Database
beforeEach(async () => {
  db = await freshDatabase()
})

const rowOf = async (secret: number, change: Partial<KeyRow> = {}): Promise<KeyRow> => {
  const [current] = await importKeyEncryptionKeys({ current: octets(secret), previous: null })
  const of = { issuer, alg: 'ES256', createdAt: now - 10, activateAt: now - 10, ...change } as const
  return await generateKey(of, current)
}

/** Writes a row, as an attacker with write access to D1 can. */
const forge = async (row: KeyRow): Promise<void> => {
  expect(await d1KeyStore(d1Database(db)).addIfNone(row, [], [])).toBe(true)
}

describe.each(signingAlgs)('a key of %s', (signingAlg) => {
  it('is generated, signs, and is published with its public members only', async () => {
    const keyring = await startWorker(db, { signingAlg }).at(now)
    expect(keyring.signer.alg).toBe(signingAlg)
    expect(keyring.signer.key.extractable).toBe(false)
    expect(await accepts(keyring, await issue(keyring, now), now + 299)).toBe(true)
    const [jwk] = keyring.published
    const members = { EC: 'alg,crv,kid,kty,use,x,y', RSA: 'alg,e,kid,kty,n,use' }
    expect(
      Object.keys(jwk ?? {})
        .sort()
        .join(),
    ).toBe(jwk?.kty === 'OKP' ? 'alg,crv,kid,kty,use,x' : members[jwk?.kty ?? 'EC'])
    expect(jwk).toMatchObject({ kid: keyring.signer.kid, alg: signingAlg, use: 'sig' })
  })

  it('is the same after a restart', async () => {
    const before = await startWorker(db, { signingAlg }).at(now)
    const after = await startWorker(db, { signingAlg }).at(now + 1000)
    expect(after.signer.kid).toBe(before.signer.kid)
    expect(await accepts(after, await issue(before, now + 1000), now + 1001)).toBe(true)
  })
})

describe('a row changed in D1 is neither used nor published', () => {
  const cases: [column: string, set: string, code: string | null][] = [
    ['nothing', 'kid = kid', null],
    ['kid', `kid = replace(hex(zeroblob(21)), '00', 'AB') || 'C'`, 'key_row_not_authentic'],
    ['issuer', `issuer = 'https://other.example'`, 'key_of_another_issuer'],
    ['alg', `alg = 'PS256'`, 'key_row_not_authentic'],
    ['public_jwk', `public_jwk = replace(public_jwk, 'P-256', 'P-384')`, 'key_row_not_authentic'],
    ['created_at', 'created_at = created_at - 1', 'key_row_not_authentic'],
    ['activate_at', 'activate_at = activate_at + 1', 'key_row_not_authentic'],
    ['key_encryption_key', `key_encryption_key = 'AAAAAAAAAAA'`, 'key_encryption_key_unknown'],
    [
      'key_encryption_key, to another one of this Worker',
      'key_encryption_key = ?1',
      'key_row_not_authentic',
    ],
    ['iv', `iv = unhex('000000000000000000000000')`, 'key_row_not_authentic'],
    [
      'wrapped_private_key',
      // Another first octet.
      `wrapped_private_key = unhex(iif(hex(wrapped_private_key) GLOB '00*', 'FF', '00')
        || substr(hex(wrapped_private_key), 3))`,
      'key_row_not_authentic',
    ],
  ]
  it.each(cases)('%s', async (_, set, code) => {
    const row = await rowOf(1)
    await forge(row)
    const change = db.prepare(`UPDATE signing_keys SET ${set}`)
    await (set.includes('?1') ? change.bind(await keyEncryptionKeyId(octets(2))) : change).run()
    const worker = startWorker(db, both)
    const keyring = await worker.at(now)
    expect(keyring.signer.kid === row.kid).toBe(code === null)
    expect(kids(keyring)).toEqual([keyring.signer.kid])
    expect(worker.codes()).toEqual(code === null ? [] : [code, 'key_generated'])
  })
})

describe('a row changed in D1 after an isolate has used it is dropped', () => {
  it.each([
    ['nothing', 'kid = kid', true],
    ['public_jwk', `public_jwk = public_jwk || ' '`, false],
    ['activate_at', 'activate_at = activate_at - 1', false],
    ['iv', `iv = unhex('000000000000000000000000')`, false],
    ['alg', `alg = 'PS256'`, false],
  ])('%s', async (_, set, isUsed) => {
    const worker = startWorker(db)
    const { signer } = await worker.at(now)
    await db.prepare(`UPDATE signing_keys SET ${set}`).run()
    const after = await worker.at(now + 30)
    expect(kids(after).includes(signer.kid)).toBe(isUsed)
  })
})

describe('the algorithm of an RSA key', () => {
  // Both accept the same private key: only the additional data distinguishes them.
  it.each([
    ['PS256', 'RS256'],
    ['RS256', 'PS256'],
  ] as const)('cannot be changed from %s to %s', async (alg, to) => {
    const row = await rowOf(1, { alg })
    await forge({ ...row, alg: to })
    const worker = startWorker(db)
    expect(kids(await worker.at(now))).not.toContain(row.kid)
    expect(worker.codes()).toEqual(['key_row_not_authentic', 'key_generated'])
  })
})

describe('a row forged in D1', () => {
  it('that names a key-encryption key of this Worker neither signs nor stops the service', async () => {
    const keyEncryptionKey = await keyEncryptionKeyId(octets(1))
    const forged = { ...(await rowOf(66)), keyEncryptionKey }
    await forge(forged)
    const worker = startWorker(db)
    const keyring = await worker.at(now)
    expect(kids(keyring)).toEqual([keyring.signer.kid])
    expect(keyring.signer.kid).not.toBe(forged.kid)
    expect(worker.events).toEqual([
      { code: 'key_row_not_authentic', kid: forged.kid },
      {
        code: 'key_generated',
        kid: keyring.signer.kid,
        alg: 'ES256',
        activate_at: now,
        intent: null,
      },
    ])
  })

  it('with a later activation time does not replace the signing key', async () => {
    const genuine = await startWorker(db).at(now)
    const keyEncryptionKey = await keyEncryptionKeyId(octets(1))
    await forge({ ...(await rowOf(66, { activateAt: now + 1 })), keyEncryptionKey })
    const keyring = await startWorker(db).at(now + 10)
    expect(kids(keyring)).toEqual([genuine.signer.kid])
  })

  it('of another issuer under the same key-encryption key is not used with our issuer', async () => {
    const foreign = await rowOf(1, { issuer: 'https://other.example' })
    await forge({ ...foreign, issuer })
    const worker = startWorker(db)
    expect(kids(await worker.at(now))).not.toContain(foreign.kid)
    expect(worker.codes()).toEqual(['key_row_not_authentic', 'key_generated'])
  })
})

describe('under another key-encryption key', () => {
  it('a row is ignored and reported, once by requests and each time by the scheduled work', async () => {
    const { signer } = await startWorker(db).at(now)
    const worker = startWorker(db, { keyEncryptionKeys: { current: octets(2), previous: null } })
    const keyring = await worker.at(now + 1)
    await worker.at(now + 40)
    await worker.maintain(now + 41)
    expect(kids(keyring)).toEqual([keyring.signer.kid])
    const id = await keyEncryptionKeyId(octets(1))
    const finding = {
      code: 'key_encryption_key_unknown',
      kid: signer.kid,
      key_encryption_key: id,
    }
    expect(worker.events).toEqual([
      finding,
      expect.objectContaining({ code: 'key_generated' }),
      finding,
    ])
  })

  it('a row under the previous one is used', async () => {
    const row = await rowOf(2)
    await forge(row)
    expect((await startWorker(db, both).at(now)).signer.kid).toBe(row.kid)
  })
})

describe('Workers that generate the first key at the same time', () => {
  it('add one, and all sign with it', async () => {
    const workers = [1, 2, 3, 4].map(() => startWorker(db))
    const keyrings = await Promise.all(workers.map((worker) => worker.at(now)))
    const { results } = await db.prepare('SELECT kid FROM signing_keys').all()
    expect(results).toHaveLength(1)
    for (const keyring of keyrings) expect(kids(keyring)).toEqual([results[0]?.kid])
    expect(workers.flatMap((worker) => worker.codes())).toEqual(['key_generated'])
    const audit = await db.prepare('SELECT at, who, what, subject FROM audit').all()
    expect(audit.results).toEqual([
      { at: now, who: 'worker', what: 'key.generate', subject: results[0]?.kid },
    ])
    const [one, other] = keyrings
    if (one === undefined || other === undefined) throw new Error('no keyrings')
    expect(await accepts(other, await issue(one, now), now)).toBe(true)
  })
})
