import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/support/worker/database.ts'
import {
  addAnchors,
  type Metadata,
  pkiClient,
  registrationOf,
  selfSignedClient,
} from '../../test/support/worker/partners.ts'
import { type Database, d1Database, query } from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { clientRegistry, keysOf } from './client-registry.ts'
import { registeredKeyId } from './registered-key.ts'

const by = { who: 'ops', at: 1_800_000_000 }
const jwk = (letter: string) => ({ kty: 'OKP', crv: 'Ed25519', x: letter.repeat(42).concat('A') })
const solo = selfSignedClient({ keys: [jwk('A')] })
const x5t = 'A'.repeat(43)

let db: D1Database
let database: Database
beforeEach(async () => {
  db = await freshDatabase()
  database = d1Database(db)
  await addAnchors(db, 'acme-ca')
  for (const metadata of [pkiClient, solo]) await add(metadata)
})

const add = (metadata: Metadata) => clientRegistry(database).add(registrationOf(metadata), by)
const audits = async () =>
  (await query(database, 'SELECT what, who, at, subject FROM audit ORDER BY id')).slice(2)

describe('add', () => {
  const other = { ...pkiClient, client_id: 'other', tls_client_auth_subject_dn: 'CN=other' }

  it('registers an enabled client with an audit row', async () => {
    expect(await add(other)).toEqual({ ok: true, value: registrationOf(other) })
    expect(await clientRegistry(database).get('other')).toMatchObject({ enabled: true, version: 1 })
    expect(await audits()).toEqual([
      { what: 'client.add', who: 'ops', at: by.at, subject: 'other' },
    ])
  })

  it.each<[change: Metadata, refusal: object]>([
    [{ client_id: 'acme' }, { why: 'client_id_taken', clientId: 'acme' }],
    [
      { tls_client_auth_subject_dn: 'cn=PARTNER, o=acme' },
      { why: 'subject_taken', holder: 'acme' },
    ],
    [{ trust_anchor_set: 'gone' }, { why: 'trust_anchor_set_unknown', set: 'gone' }],
  ])('refuses %j and writes nothing', async (change, refusal) => {
    expect(await add({ ...other, ...change })).toEqual({ ok: false, error: refusal })
    expect(await audits()).toEqual([])
  })

  it('throws if the database does not answer', async () => {
    const failing = { batch: () => Promise.reject(new StoreUnavailable('D1 did not answer')) }
    const added = clientRegistry(failing).add(registrationOf(other), by)
    await expect(added).rejects.toThrow(StoreUnavailable)
  })
})

describe('a change', () => {
  const registry = () => clientRegistry(database)

  it('of the metadata replaces these members only', async () => {
    const changed = await registry().update('acme', { scope: 'x', resources: ['urn:x:y'] }, by)
    const before = changed.ok ? changed.value.before : null
    expect(changed).toMatchObject({ ok: true, value: { before: { scope: 'read write' } } })
    const after = { ...before, scope: 'x', resources: ['urn:x:y'], version: 2, updated_at: by.at }
    expect(await registry().get('acme')).toEqual(after)
    expect(await audits()).toMatchObject([{ what: 'client.update', subject: 'acme' }])
  })

  it('revokes tokens although no member changes', async () => {
    const changed = await registry().revokeTokens('acme', by)
    expect(changed).toMatchObject({ ok: true, value: { after: { version: 2 } } })
    expect(await audits()).toMatchObject([{ what: 'client.revoke-tokens', subject: 'acme' }])
  })

  it('removes the client', async () => {
    expect(await registry().remove('acme', by)).toMatchObject({ ok: true, value: { after: null } })
    expect(await registry().get('acme')).toBeNull()
  })

  it('adds and removes a key', async () => {
    await registry().addKey('solo', { kty: 'EC', 'x5t#S256': x5t }, by)
    const added = await registry().get('solo')
    expect(added === null ? 0 : keysOf(added)).toHaveLength(2)
    await registry().removeKey('solo', x5t, by)
    const removed = await registry().get('solo')
    expect(removed === null ? 0 : keysOf(removed)).toEqual([jwk('A')])
  })

  const full = async () => {
    for (const letter of 'BCDEFGHIJKLMNOP') await registry().addKey('solo', jwk(letter), by)
    return registry().addKey('solo', jwk('Q'), by)
  }

  it.each<[why: string, refused: () => Promise<unknown>]>([
    ['client_unknown', () => registry().setEnabled('unknown', false, by)],
    ['unchanged', () => registry().setEnabled('acme', true, by)],
    ['unchanged', () => registry().update('acme', { scope: 'read write' }, by)],
    ['unchanged', () => registry().addKey('solo', jwk('A'), by)],
    ['invalid_metadata', () => registry().update('acme', { scope: '"' }, by)],
    ['has_no_keys', () => registry().addKey('acme', jwk('B'), by)],
    ['has_no_keys', () => registry().removeKey('acme', x5t, by)],
    ['key_unknown', () => registry().removeKey('solo', x5t, by)],
    ['too_many_keys', full],
  ])('is refused: %s', async (why, refused) => {
    expect(await refused()).toMatchObject({ ok: false, error: { why } })
  })

  it('does not remove the last key', async () => {
    const id = (await registeredKeyId(jwk('A'))) ?? ''
    const refused = { ok: false, error: { why: 'last_key', clientId: 'solo' } }
    expect(await registry().removeKey('solo', id, by)).toEqual(refused)
    await registry().addKey('solo', jwk('B'), by)
    expect(await registry().removeKey('solo', id, by)).toMatchObject({ ok: true })
  })
})

/** A database in which somebody else changes the client right before each of the first n writes. */
function contested(n: number): Database {
  let left = n
  return {
    async batch(statements) {
      if (statements[0]?.sql.includes('UPDATE clients') && left-- > 0) {
        const change = "version = version + 1, scope = scope || 'x'"
        await query(database, `UPDATE clients SET ${change} WHERE client_id = 'acme'`)
      }
      return database.batch(statements)
    },
  }
}

describe('a change at the same time as another one', () => {
  it('is made again from the new state', async () => {
    const changed = await clientRegistry(contested(2)).setEnabled('acme', false, by)
    expect(changed).toMatchObject({ ok: true, value: { before: { scope: 'read writexx' } } })
    expect(await clientRegistry(database).get('acme')).toMatchObject({
      enabled: false,
      scope: 'read writexx',
      version: 4,
    })
    const entries = await query(database, "SELECT before FROM audit WHERE what = 'client.disable'")
    expect(entries.map(({ before }) => JSON.parse(String(before)).scope)).toEqual(['read writexx'])
  })

  it('gives up after five attempts and changes nothing', async () => {
    const refused = { ok: false, error: { why: 'changed_meanwhile', clientId: 'acme' } }
    expect(await clientRegistry(contested(5)).setEnabled('acme', false, by)).toEqual(refused)
    expect(await clientRegistry(database).get('acme')).toMatchObject({ enabled: true })
    expect(await audits()).toEqual([])
    expect(await clientRegistry(contested(4)).setEnabled('acme', false, by)).toMatchObject({
      ok: true,
    })
  })
})
