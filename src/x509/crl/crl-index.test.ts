import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  type MintCrlRequest,
  type MintEntry,
  mintCrl,
} from '../../../test/support/mint/mint.ts'
import { fromHex, toHex } from '../../encoding/hex.ts'
import { buildCrlIndex, type CrlIndexRefusal } from './crl-index.ts'
import {
  type CrlIndexHeader,
  crlIndexKey,
  readCrlIndexHeader,
  shardOf,
  supersedes,
} from './crl-index-header.ts'
import { parseCertificateList } from './parse-certificate-list.ts'
import type { Revocation } from './revocation-list.ts'
import { lookUp, maxShardSize } from './shard.ts'

const now = 1_750_000_000
const key = await generateKeyPair('ES256')
const base: MintCrlRequest = {
  issuer: 'CN=ca',
  thisUpdate: now,
  nextUpdate: now + 100,
  signWith: key,
  entries: [{ serial: 5 }],
}
const about = { anchorSet: 'partners', issuerKey: 'ab'.repeat(32) }

async function build(change: Partial<MintCrlRequest>) {
  const parsed = parseCertificateList(await mintCrl({ ...base, ...change }))
  if (!parsed.ok) throw new Error(parsed.reason)
  return buildCrlIndex(parsed.crl, about)
}

async function built(change: Partial<MintCrlRequest>) {
  const index = await build(change)
  if (!index.ok) throw new Error(index.error)
  const { header } = index.value
  const shards = [...index.value.shards()]
  const listId = fromHex(header.id) ?? new Uint8Array()
  const find = (serial: Uint8Array): Revocation | null | 'mismatch' => {
    const number = shardOf(header, serial)
    const shard = number === null ? undefined : shards[number]
    return number === null || shard === undefined ? null : lookUp(shard, { listId, number }, serial)
  }
  return { header, shards, find, listId }
}

/** Repeatable; the serial numbers of all lengths, many of them neighbours. */
function entriesOfAllKinds(count: number): Map<string, MintEntry & { serial: Uint8Array }> {
  let seed = 11
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed >>> 16
  }
  const entries = new Map<string, MintEntry & { serial: Uint8Array }>()
  while (entries.size < count) {
    const octets = Uint8Array.from({ length: 1 + (random() % 20) }, () => random() & 0xff)
    // Positive and negative ones, none with an octet too many; half of them share a beginning.
    octets[0] = octets.length === 1 ? (octets[0] ?? 0) : 0x40 | ((octets[0] ?? 0) & 0x8f)
    if (octets.length > 3 && (random() & 1) === 0) octets.fill(0x55, 0, octets.length - 2)
    const reason = [1, 3, 4, 5, 6, 9][random() % 8]
    entries.set(toHex(octets), {
      serial: octets,
      revocationDate: now - random() * 1000,
      ...(reason === undefined ? {} : { reasonCode: reason }),
    })
  }
  return entries
}

describe('an index', () => {
  it('finds every entry and nothing else', async () => {
    const entries = entriesOfAllKinds(6000)
    const { find, header, shards } = await built({ entries: [...entries.values()] })
    for (const { serial, revocationDate, reasonCode } of entries.values() as Iterable<{
      serial: Uint8Array
      revocationDate: number
      reasonCode?: number
    }>) {
      const expected = { revocationDate, reasonCode: reasonCode ?? null }
      expect(find(serial), toHex(serial)).toEqual(expected)
      for (const other of neighbours(serial)) {
        if (!entries.has(toHex(other))) expect(find(other), toHex(other)).toBe(null)
      }
    }
    expect(header.entries).toBe(entries.size)
    expect(shards.length).toBe(header.fences.length)
    expect(shards.length).toBeGreaterThan(1)
    expect(Math.max(...shards.map((shard) => shard.length))).toBeLessThanOrEqual(maxShardSize)
  })

  /** Serial numbers that are nearly the same. */
  const neighbours = (serial: Uint8Array): Uint8Array[] => [
    Uint8Array.of(0, ...serial),
    Uint8Array.of(...serial, 0),
    serial.slice(0, -1),
    serial.slice(1),
    serial.with(-1, (serial.at(-1) ?? 0) ^ 1),
    serial.with(0, (serial[0] ?? 0) ^ 0x80),
  ]

  it('keeps dates of all centuries', async () => {
    const dates = [-62_167_219_200, -1, 0, 2 ** 32, 253_402_300_799]
    const entries = dates.map((revocationDate, i) => ({ serial: i, revocationDate }))
    const { find } = await built({ entries })
    expect(dates.map((_, i) => find(Uint8Array.of(i)))).toEqual(
      dates.map((revocationDate) => ({ revocationDate, reasonCode: null })),
    )
  })

  it('of an empty list has no shards', async () => {
    const { find, shards, header } = await built({ entries: [] })
    expect([shards.length, header.fences.length, find(Uint8Array.of(5))]).toEqual([0, 0, null])
  })

  it('has the fields of its CRL', async () => {
    const limits = { onlyContainsUserCerts: true }
    const { header } = await built({ number: 77, issuingDistributionPoint: limits })
    expect(header).toMatchObject({
      format: 1,
      ...about,
      limits: '30038101ff',
      crlNumber: '77',
      thisUpdate: now,
      nextUpdate: now + 100,
      entries: 1,
      fences: ['0105'],
    })
    expect(header.issuer).toBe(toHex((await listOf()).issuerDer))
  })

  const listOf = async () => {
    const parsed = parseCertificateList(await mintCrl(base))
    if (!parsed.ok) throw new Error(parsed.reason)
    return parsed.crl
  }

  it.each<[string, Partial<MintCrlRequest>, CrlIndexRefusal | null]>([
    ['a plain list', {}, null],
    ['a list for users', { issuingDistributionPoint: { onlyContainsUserCerts: true } }, null],
    ['a delta', { base: 0 }, 'not_complete'],
    ['an indirect list', { issuingDistributionPoint: { indirectCRL: true } }, 'not_complete'],
    [
      'a list for some reasons',
      { issuingDistributionPoint: { onlySomeReasons: [1] } },
      'not_complete',
    ],
    [
      'a list for attributes',
      { issuingDistributionPoint: { onlyContainsAttributeCerts: true } },
      'not_complete',
    ],
    ['a list without nextUpdate', { nextUpdate: new Uint8Array() }, 'no_next_update'],
    ['a serial number of 64 octets', { entries: [{ serial: new Uint8Array(64).fill(1) }] }, null],
    [
      'a serial number of 65 octets',
      { entries: [{ serial: new Uint8Array(65).fill(1) }] },
      'serial_number_too_long',
    ],
  ])('of %s', async (_, change, refusal) => {
    const index = await build(change)
    expect(index.ok ? null : index.error).toBe(refusal)
  })

  it('refuses other octets as a shard', async () => {
    const { shards, listId } = await built({})
    const [shard = new Uint8Array()] = shards
    const serial = Uint8Array.of(5)
    const place = { listId, number: 0 }
    expect(lookUp(shard, place, serial)).toEqual({ revocationDate: now, reasonCode: null })
    // As part of something larger, too.
    const within = Uint8Array.of(1, 2, 3, ...shard).subarray(3)
    expect(lookUp(within, place, serial)).toEqual({ revocationDate: now, reasonCode: null })
    expect(lookUp(shard, { listId, number: 1 }, serial)).toBe('mismatch')
    expect(lookUp(shard, { listId: listId.with(0, 1), number: 0 }, serial)).toBe('mismatch')
    expect(lookUp(shard.slice(0, -1), place, serial)).toBe('mismatch')
    expect(lookUp(new Uint8Array(), place, serial)).toBe('mismatch')
    expect(lookUp(shard.with(0, 0), place, serial)).toBe('mismatch')
  })
})

describe('a header', () => {
  const header: CrlIndexHeader = {
    format: 1,
    id: '00'.repeat(16),
    ...about,
    issuer: '3000',
    limits: null,
    crlNumber: '9',
    thisUpdate: now,
    nextUpdate: now + 9,
    entries: 1,
    fences: ['0105'],
  }

  it.each<[string, Partial<CrlIndexHeader>, boolean]>([
    ['a higher number', { crlNumber: '10' }, true],
    ['the same list', {}, false],
    ['a lower number', { crlNumber: '8', thisUpdate: now + 1 }, false],
    ['the same number with a later date', { thisUpdate: now + 1 }, false],
    ['a higher number with an earlier date', { crlNumber: '10', thisUpdate: now - 1 }, false],
    ['no number', { crlNumber: null, thisUpdate: now + 1 }, false],
    ['another key', { crlNumber: '10', issuerKey: 'cd'.repeat(32) }, false],
    ['other anchors', { crlNumber: '10', anchorSet: 'others' }, false],
    ['another scope', { crlNumber: '10', limits: '30038101ff' }, false],
    ['the same key under another name', { crlNumber: '10', issuer: '30023100' }, true],
  ])('is superseded by a CRL with: %s', (_, change, expected) => {
    expect(supersedes(header, { ...header, ...change })).toBe(expected)
  })

  it.each<[string, Partial<CrlIndexHeader>, boolean]>([
    ['a later date', { thisUpdate: now + 1 }, true],
    ['the same date', {}, false],
    ['a number', { crlNumber: '1' }, true],
  ])('without a number is superseded by a CRL with: %s', (_, change, expected) => {
    const old = { ...header, crlNumber: null }
    expect(supersedes(old, { ...old, ...change })).toBe(expected)
  })

  it('is read back from its JSON', () => {
    expect(readCrlIndexHeader(JSON.stringify(header))).toEqual(header)
    expect(readCrlIndexHeader(header)).toEqual(header)
    expect(crlIndexKey(header)).not.toContain(header.issuer)
  })

  it.each([
    ['no JSON', '{'],
    ['nothing', null],
    ['another format', { ...header, format: 2 }],
    ['an id that is too short', { ...header, id: '00' }],
    ['a key that is not hexadecimal', { ...header, issuerKey: 'z'.repeat(64) }],
    ['an invalid number', { ...header, crlNumber: '-1' }],
    ['an invalid date', { ...header, nextUpdate: '1' }],
    ['no fences', { ...header, fences: undefined }],
    ['an invalid fence', { ...header, fences: [5] }],
  ])('is not read: %s', (_, kept) => {
    expect(readCrlIndexHeader(kept)).toBe(null)
  })
})
