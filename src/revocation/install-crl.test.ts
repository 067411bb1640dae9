import type { D1Database } from '@cloudflare/workers-types'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MintCrlRequest } from '../../test/support/mint/mint.ts'
import { addIssuer, crlOf, offer } from '../../test/support/worker/crls.ts'
import { freshDatabase } from '../../test/support/worker/database.ts'
import { type Authority, addAnchors, mintAuthority } from '../../test/support/worker/partners.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { d1Database } from '../storage/database.ts'
import { lookUp, shardOf } from '../x509/index.ts'
import { crlHeaders, readShard } from './crl-store.ts'

const now = 1_800_000_000
let db: D1Database
let authority: Authority
beforeEach(async () => {
  db = await freshDatabase()
  authority = await mintAuthority('Acme', now)
  await addAnchors(db, 'acme-ca', authority.root.der)
})

const offered = async (change: Partial<MintCrlRequest> = {}): Promise<string> =>
  offer(db, 'acme-ca', await crlOf(authority.root, now, change), now)

const octetsOf = (hex: string): Bytes => fromHex(hex) ?? new Uint8Array()

const generation = () =>
  db
    .prepare("SELECT crl_generation FROM trust_anchor_sets WHERE name = 'acme-ca'")
    .first('crl_generation')

const headers = () => crlHeaders(d1Database(db), 'acme-ca')
const stored = async () =>
  (await db.prepare('SELECT DISTINCT list_id FROM crl_shards').all<{ list_id: string }>()).results

describe('a CRL', () => {
  it.each<[name: string, change: Partial<MintCrlRequest>, outcome: string]>([
    ['of an anchor', {}, 'stored'],
    ['with thisUpdate in the future', { thisUpdate: now + 1 }, 'not_yet_valid'],
    ['after its nextUpdate', { nextUpdate: now - 1 }, 'stale'],
    ['that is a delta CRL', { base: 1, number: 2 }, 'not_complete'],
    ['for some reasons', { issuingDistributionPoint: { onlySomeReasons: [1] } }, 'not_complete'],
    ['that is indirect', { issuingDistributionPoint: { indirectCRL: true } }, 'not_complete'],
    ['with another issuer name', { issuer: 'CN=Other' }, 'not_signed_by_issuer'],
  ])('%s', async (_, change, outcome) => {
    expect(await offered(change)).toBe(outcome)
    expect(await headers()).toHaveLength(outcome === 'stored' ? 1 : 0)
    expect(await generation()).toBe(outcome === 'stored' ? 1 : 0)
  })

  it('that is malformed', async () => {
    expect(await offer(db, 'acme-ca', Uint8Array.of(0x30, 0) as Bytes, now)).toBe('malformed_list')
  })

  it('forged under the name of the anchor changes nothing', async () => {
    const forger = await mintAuthority('Acme', now)
    expect(forger.root.name).toBe(authority.root.name)
    const forged = await crlOf(forger.root, now, { number: 99 })
    expect(await offer(db, 'acme-ca', forged, now)).toBe('not_signed_by_issuer')
    expect(await generation()).toBe(0)
    expect(await offered()).toBe('stored')
  })

  it('of a CA below the anchors is installed after that CA was stored', async () => {
    const crl = await crlOf(authority.intermediate, now)
    expect(await offer(db, 'acme-ca', crl, now)).toBe('not_signed_by_issuer')
    await addIssuer(db, 'acme-ca', authority.intermediate)
    expect(await offer(db, 'acme-ca', crl, now)).toBe('stored')
  })

  it('is installed only in the set of its issuer', async () => {
    const other = await mintAuthority('Other', now)
    await addAnchors(db, 'other-ca', other.root.der)
    expect(await offer(db, 'other-ca', await crlOf(authority.root, now), now)).toBe(
      'not_signed_by_issuer',
    )
  })
})

describe('a second CRL with', () => {
  it.each<[name: string, next: Partial<MintCrlRequest>, outcome: string]>([
    ['a higher number', { number: 8 }, 'stored'],
    ['a lower number', { number: 6, thisUpdate: now - 1 }, 'number_went_back'],
    ['the same number', { thisUpdate: now - 1 }, 'number_went_back'],
    ['no number', { number: null, thisUpdate: now - 1 }, 'number_went_back'],
    [
      'a higher number and an earlier date',
      { number: 8, thisUpdate: now - 7200 },
      'number_went_back',
    ],
    [
      'another scope',
      { number: 1, issuingDistributionPoint: { onlyContainsUserCerts: true } },
      'stored',
    ],
  ])('%s', async (_, next, outcome) => {
    expect(await offered({ number: 7 })).toBe('stored')
    expect(await offered({ number: 7, ...next })).toBe(outcome)
    expect(await generation()).toBe(outcome === 'stored' ? 2 : 1)
  })

  it('the same content is unchanged', async () => {
    const crl = await crlOf(authority.root, now)
    expect(await offer(db, 'acme-ca', crl, now)).toBe('stored')
    expect(await offer(db, 'acme-ca', crl, now)).toBe('unchanged')
    expect(await generation()).toBe(1)
  })

  it('a higher number leaves the shards of the previous CRL, and no older ones', async () => {
    const at = (time: number, number: number) =>
      crlOf(authority.root, time, { number, entries: [{ serial: 5 }] })
    for (const [step, number] of [1, 2, 3].entries()) {
      const time = now + 30_000 * step
      expect(await offer(db, 'acme-ca', await at(time, number), time)).toBe('stored')
    }
    const [header] = await headers()
    const ids = (await stored()).map(({ list_id }) => list_id)
    expect(ids).toHaveLength(2)
    expect(ids).toContain(header?.id)
  })
})

it('every serial number of a long CRL is found by reading one shard, stored in several parts', async () => {
  const serials = Array.from({ length: 6000 }, (_, i) => 2n ** 100n + BigInt(i * 3))
  expect(await offered({ entries: serials.map((serial) => ({ serial })) })).toBe('stored')
  const [header] = await headers()
  if (header === undefined) throw new Error('the CRL was stored')
  expect(header.fences.length).toBeGreaterThan(1)
  const listId = octetsOf(header.id)
  const find = async (serial: bigint) => {
    const octets = octetsOf(serial.toString(16))
    const number = shardOf(header, octets) ?? 0
    const shard = await readShard(d1Database(db), header, number)
    return shard === null ? 'gone' : lookUp(shard, { listId, number }, octets)
  }
  for (const serial of [serials[0], serials[3333], serials.at(-1)])
    expect(await find(serial ?? 0n)).toMatchObject({ reasonCode: null })
  expect(await find(2n ** 100n + 1n)).toBeNull()
})
