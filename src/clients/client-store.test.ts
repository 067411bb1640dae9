import type { D1Database } from '@cloudflare/workers-types'
import { beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, unreliable } from '../../test/support/worker/database.ts'
import {
  addAnchors,
  addIntermediate,
  jwksOf,
  pkiClient,
  register,
  registrationOf,
  remove,
  selfSignedCertificate,
  selfSignedClient,
  setEnabled,
} from '../../test/support/worker/partners.ts'
import { type Database, d1Database } from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import { toColumns } from './client-row.ts'
import { storedClients } from './client-store.ts'

let db: D1Database
let jwks: ReturnType<typeof jwksOf>
beforeAll(async () => {
  db = await freshDatabase()
  jwks = jwksOf(await selfSignedCertificate(1_800_000_000))
  await addAnchors(db, 'acme-ca', Uint8Array.of(1, 2), Uint8Array.of(255))
  await addAnchors(db, 'empty')
  await register(db, pkiClient)
  await register(db, { ...pkiClient, client_id: 'lonely', trust_anchor_set: 'empty' })
  await register(db, selfSignedClient(jwks))
})

const find = async (clientId: string) =>
  (await storedClients(d1Database(db)).find(clientId))?.client ?? null

describe('a client in D1', () => {
  it('is read as it was registered, with its anchors', async () => {
    const client = await find('acme')
    expect(client).toMatchObject({ ...registrationOf(pkiClient), version: 1, enabled: true })
    expect(client?.trustAnchors).toMatchObject({ name: 'acme-ca', version: 1 })
    const ders = client?.trustAnchors?.certificates.map(({ der }) => der)
    expect(ders).toHaveLength(2)
    expect(ders).toContainEqual(Uint8Array.of(255))
  })

  it('is read with the intermediates of its own set only', async () => {
    await addIntermediate(db, 'acme-ca', Uint8Array.of(7))
    await addIntermediate(db, 'empty', Uint8Array.of(8))
    const intermediates = async () => (await find('acme'))?.trustAnchors?.intermediates
    expect(await intermediates()).toMatchObject([{ der: Uint8Array.of(7) }])
    await db.prepare('DELETE FROM trust_set_intermediates').run()
    expect(await intermediates()).toEqual([])
  })

  it('is read with an empty set', async () => {
    expect((await find('lonely'))?.trustAnchors).toMatchObject({ name: 'empty', certificates: [] })
  })

  it('is read without a set', async () => {
    expect(await find('solo')).toMatchObject({
      ...registrationOf(selfSignedClient(jwks)),
      trustAnchors: null,
    })
  })

  it('is disabled, enabled, removed', async () => {
    await register(db, { ...selfSignedClient(jwks), client_id: 'brief' })
    await setEnabled(db, 'brief', false)
    expect(await find('brief')).toMatchObject({ enabled: false, version: 2 })
    await setEnabled(db, 'brief', true)
    expect(await find('brief')).toMatchObject({ enabled: true, version: 3 })
    await remove(db, 'brief')
    expect(await find('brief')).toBeNull()
  })

  it.each([
    ['unknown'],
    ['ACME'],
    [''],
    ["' OR 1=1 --"],
    ['a%'],
    ['acme\u0000'],
    ['x'.repeat(9999)],
  ])('does not exist: %.20j', async (clientId) => expect(await find(clientId)).toBeNull())

  it('is unavailable if D1 does not answer', async () => {
    const d1 = unreliable(db)
    d1.down = true
    await expect(storedClients(d1Database(d1.db)).find('acme')).rejects.toThrow(StoreUnavailable)
  })

  it('is found by indexes only', async () => {
    let sql = ''
    const listening: Database = {
      batch(statements) {
        sql = statements[0]?.sql ?? ''
        return d1Database(db).batch(statements)
      },
    }
    await storedClients(listening).find('acme')
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind('acme')
    const { results } = await plan.all<{ detail: string }>()
    const steps = results.map(({ detail }) => detail)
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toHaveLength(4)
    expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([])
  })
})

describe('a row that D1 or its reader refuses', () => {
  const columns = (change: Record<string, unknown>, metadata: Record<string, unknown>) => ({
    ...toColumns(registrationOf(metadata)),
    version: 1,
    enabled: 1,
    created_at: 0,
    updated_at: 0,
    ...change,
  })
  const insert = (row: Record<string, unknown>) => {
    const names = Object.keys(row)
    const places = names.map((_, index) => `?${index + 1}`)
    return db
      .prepare(`INSERT INTO clients (${names.join()}) VALUES (${places.join()})`)
      .bind(...Object.values(row))
      .run()
  }
  /** Inserts a row and reads the client, as the Worker would. */
  const use = async (row: Record<string, unknown>) => {
    const clientId = String(row.client_id)
    try {
      await insert(row)
      return await find(clientId)
    } finally {
      if (clientId !== 'acme') await remove(db, clientId)
    }
  }
  const refusal = /constraint|datatype|cannot store|InvalidClientRow/i
  const refusedBy = (row: Record<string, unknown>) =>
    use(row).then(
      () => 'nothing',
      (fault: unknown) => String(fault),
    )
  const pki = { ...pkiClient, client_id: 'row', tls_client_auth_subject_dn: 'CN=row' }

  it('is accepted without the change', async () => {
    expect(await use(columns({}, pki))).toMatchObject({ client_id: 'row' })
    const selfSigned = columns({ client_id: 'row' }, selfSignedClient(jwks))
    expect(await use(selfSigned)).toMatchObject({ client_id: 'row' })
  })

  it.each<[change: Record<string, unknown>]>([
    [{ client_id: '' }],
    [{ client_id: null }],
    [{ client_id: 'a b' }],
    [{ client_id: 'a/b' }],
    [{ client_id: 'é' }],
    [{ client_id: 'x'.repeat(129) }],
    [{ client_id: 'acme' }],
    [{ version: 0 }],
    [{ version: 'x' }],
    [{ enabled: 2 }],
    [{ enabled: null }],
    [{ client_name: '' }],
    [{ client_name: 'x'.repeat(201) }],
    [{ token_endpoint_auth_method: 'none' }],
    [{ token_endpoint_auth_method: 'self_signed_tls_client_auth' }],
    [{ trust_anchor_set: null }],
    [{ trust_anchor_set: 'no-such-set' }],
    [{ subject_attribute: null }],
    [{ subject_attribute: 'tls_client_auth_subject' }],
    [{ subject_value: null }],
    [{ subject_value: '' }],
    [{ subject_value: 'x'.repeat(4097) }],
    [{ subject_key: null }],
    [{ subject_key: '' }],
    [{ subject_key: 'x'.repeat(4097) }],
    [{ jwks: '{"keys":[]}' }],
    [{ scope: null }],
    [{ scope: 'x'.repeat(4097) }],
    [{ resources: '[]' }],
    [{ resources: '"urn:x:y"' }],
    [{ resources: 'urn:x:y' }],
    [{ resources: JSON.stringify(Array(33).fill('urn:x:y')) }],
    [{ tls_client_certificate_bound_access_tokens: 2 }],
    [{ tls_client_certificate_bound_access_tokens: null }],
    [{ access_token_format: 'reference' }],
    [{ access_token_format: null }],
    [{ introspection_resources: 'urn:x:y' }],
    [{ introspection_resources: JSON.stringify(Array(33).fill('urn:x:y')) }],
  ])('PKI: %.60j', async (change) => {
    expect(await refusedBy(columns(change, pki))).toMatch(refusal)
  })

  it.each<[change: Record<string, unknown>]>([
    [{ jwks: null }],
    [{ jwks: 'x' }],
    [{ jwks: JSON.stringify('x'.repeat(65_536)) }],
    [{ trust_anchor_set: 'acme-ca' }],
    [{ subject_attribute: 'tls_client_auth_san_dns' }],
    [{ subject_value: 'x' }],
    [{ subject_key: 'x' }],
    [{ token_endpoint_auth_method: 'tls_client_auth' }],
  ])('self-signed: %.60j', async (change) => {
    const row = columns({ client_id: 'row', ...change }, selfSignedClient(jwks))
    expect(await refusedBy(row)).toMatch(refusal)
  })

  it('has the subject of another client in its set', async () => {
    const twin = { ...pkiClient, client_id: 'twin' }
    await expect(register(db, twin)).rejects.toThrow(/UNIQUE constraint/)
    const spelled = { ...twin, tls_client_auth_subject_dn: 'cn=PARTNER, o=acme' }
    await expect(register(db, spelled)).rejects.toThrow(/UNIQUE constraint/)
    // In another set it is another subject.
    await addAnchors(db, 'another')
    await register(db, { ...twin, trust_anchor_set: 'another' })
  })

  it('deletes a set that clients use', async () => {
    const drop = db.prepare('DELETE FROM trust_anchor_sets WHERE name = ?1')
    await expect(drop.bind('acme-ca').run()).rejects.toThrow(/FOREIGN KEY constraint/)
  })
})
