import { describe, expect, it } from 'vitest'
import { nothing } from '../../../test/support/mint/der.ts'
import {
  authorityKeyIdentifier,
  crlDistributionPoints,
  extension,
  generateKeyPair,
  type MintCrlRequest,
  type MintEntry,
  mintCrl,
  mintTime,
} from '../../../test/support/mint/mint.ts'
import { integer, objectIdentifier, octetString, text } from '../../doctor/der-writer.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { sequence, tlv } from '../../encoding/der-writer.ts'
import { toHex } from '../../encoding/hex.ts'
import { allReasons } from '../extensions/distribution-points.ts'
import type { CrlRefusal } from './certificate-list.ts'
import { entriesOf, parseCertificateList } from './parse-certificate-list.ts'

const now = 1_750_000_000
const key = await generateKeyPair('ES256')
const base: MintCrlRequest = {
  issuer: 'CN=ca,O=x',
  thisUpdate: now - 100,
  nextUpdate: now + 100,
  signWith: key,
  number: 7,
  entries: [{ serial: 5 }, { serial: 0xffn, reasonCode: 1 }],
}
const parse = async (change: Partial<MintCrlRequest>) =>
  parseCertificateList(await mintCrl({ ...base, ...change }))

const time = mintTime(now)
const serial = integer(5)
const entry = (...parts: Bytes[]) => sequence(...parts)
const withExtensions = (...extensions: Bytes[]) => entry(serial, time, sequence(...extensions))
const reason = (value: Bytes, critical = false) => extension('2.5.29.21', critical, value)
const enumerated = (...octets: number[]) => tlv(0x0a, Uint8Array.of(...octets))
const indirect = { issuingDistributionPoint: { indirectCRL: true } }
const idp = (...members: Bytes[]) => [extension('2.5.29.28', true, sequence(...members))]
const falseFlag = tlv(0x84, Uint8Array.of(0))
const trueFlag = (tag: number) => tlv(tag, Uint8Array.of(0xff))
const uri = { uri: 'http://example/crl' }
const at = (value: string) => text(0x17, value)
const sha1 = sequence(objectIdentifier('1.2.840.10045.4.1'))

describe('parseCertificateList', () => {
  it('reads all fields', async () => {
    const outcome = await parse({
      base: 6,
      issuingDistributionPoint: {
        names: [uri],
        onlyContainsCACerts: true,
        onlySomeReasons: [1, 8],
      },
      extensions: [
        authorityKeyIdentifier(Uint8Array.of(1, 2)),
        crlDistributionPoints([{ names: [uri] }], '2.5.29.46'),
      ],
    })
    const full = { type: 'full', names: [{ type: 'uri', text: 'http://example/crl' }] }
    expect(outcome).toMatchObject({
      ok: true,
      crl: {
        version: 2,
        issuer: 'CN=ca,O=x',
        thisUpdate: now - 100,
        nextUpdate: now + 100,
        crlNumber: 7n,
        baseCrlNumber: 6n,
        authorityKeyIdentifier: '0102',
        entryCount: 2,
        signatureAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        issuingDistributionPoint: {
          name: full,
          onlyContainsUserCerts: false,
          onlyContainsCACerts: true,
          onlySomeReasons: 0b1_0000_0010,
          indirectCRL: false,
          onlyContainsAttributeCerts: false,
        },
        freshestCrl: [{ name: full, reasons: null, crlIssuer: null }],
      },
    })
  })

  it('walks the entries without an object for each', async () => {
    const outcome = await parse({
      ...indirect,
      entries: [
        { serial: 5, revocationDate: now - 7 },
        { serial: 0xffn, reasonCode: 1, certificateIssuer: [{ directory: 'CN=other' }] },
        { serial: -1, reasonCode: 9, extensions: [extension('1.2.3', false, nothing())] },
      ],
    })
    if (!outcome.ok) return expect.fail(outcome.reason)
    const { cursor, next } = entriesOf(outcome.crl)
    const seen: unknown[] = []
    while (next()) {
      const serialNumber = toHex(cursor.source.subarray(cursor.serialFrom, cursor.serialTo))
      const hasIssuer = cursor.issuerTo > 0
      seen.push([serialNumber, cursor.revocationDate, cursor.reasonCode, hasIssuer])
    }
    expect(seen).toEqual([
      ['05', now - 7, -1, false],
      ['00ff', now - 100, 1, true],
      ['ff', now - 100, 9, true], // the issuer of the entry before
    ])
    expect(cursor.at).toBe(cursor.limit)
  })

  type Row = [name: string, change: Partial<MintCrlRequest>, reason: CrlRefusal['reason'] | null]
  const entries = (...list: MintEntry[]) => ({ entries: list })
  it.each<Row>([
    ['a valid list', {}, null],
    ['no entries', { entries: [] }, null],
    ['no nextUpdate', { nextUpdate: new Uint8Array() }, null],
    // section 5.1.2.1
    ['version 1', { version: 1, number: null, entries: [{ serial: 5 }] }, null],
    ['version 3', { version: 3 }, 'bad_version'],
    ['version 1 with extensions', { version: 1, entries: [] }, 'bad_extensions'],
    [
      'version 1 with entry extensions',
      { version: 1, number: null, ...entries({ serial: 5, reasonCode: 1 }) },
      'bad_entry',
    ],
    // sections 5.1.1.2 and 5.1.2.2
    ['another algorithm inside', { innerAlgorithm: sha1 }, 'signature_algorithms_differ'],
    ['another algorithm outside', { outerAlgorithm: sha1 }, 'signature_algorithms_differ'],
    ['a malformed algorithm', { outerAlgorithm: sequence() }, 'bad_signature_algorithm'],
    // section 5.1.2.3
    ['no issuer', { issuer: '' }, 'bad_issuer'],
    // sections 5.1.2.4 and 5.1.2.5
    ['a day that does not exist', { thisUpdate: at('240230000000Z') }, 'bad_this_update'],
    ['a leap day', { thisUpdate: at('240229000000Z') }, null],
    ['no seconds', { nextUpdate: at('2402290000Z') }, 'bad_next_update'],
    ['a nextUpdate before the thisUpdate', { nextUpdate: now - 101 }, 'bad_next_update'],
    ['a nextUpdate at the thisUpdate', { nextUpdate: now - 100 }, null],
    ['GeneralizedTime', { nextUpdate: text(0x18, '20501231235959Z') }, null],
    // entries
    ['an empty list of entries', entries(new Uint8Array()), 'bad_entry'],
    ['an entry in DER', entries(entry(serial, time)), null],
    ['an entry without a date', entries(entry(serial)), 'bad_entry'],
    ['an entry without a serial number', entries(entry(time)), 'bad_entry'],
    ['a serial number that is not minimal', entries({ serial: Uint8Array.of(0, 5) }), 'bad_entry'],
    ['an empty serial number', entries({ serial: new Uint8Array() }), 'bad_entry'],
    ['a serial number of 30 octets', entries({ serial: new Uint8Array(30).fill(1) }), null],
    ['an invalid date', entries(entry(serial, at('241301000000Z'))), 'bad_entry'],
    ['an element after the date', entries(entry(serial, time, nothing())), 'bad_entry'],
    [
      'an element after the extensions',
      entries(entry(serial, time, sequence(reason(enumerated(1))), nothing())),
      'bad_entry',
    ],
    ['extensions that are empty', entries(entry(serial, time, sequence())), 'bad_entry'],
    ['a NULL as an entry', entries(nothing()), 'bad_entry'],
    ['a bad entry at the end', entries({ serial: 5 }, nothing()), 'bad_entry'],
    // section 5.3
    [
      'an unknown critical extension',
      entries(withExtensions(extension('1.2.3', true, nothing()))),
      'unhandled_critical_entry_extension',
    ],
    ['an unknown extension', entries(withExtensions(extension('1.2.3', false, nothing()))), null],
    [
      'an extension without a value',
      entries(withExtensions(sequence(objectIdentifier('1.2.3')))),
      'bad_entry',
    ],
    [
      'criticality FALSE',
      entries(
        withExtensions(
          sequence(objectIdentifier('1.2.3'), tlv(1, Uint8Array.of(0)), octetString(nothing())),
        ),
      ),
      'bad_entry',
    ],
    ['a critical reason', entries(withExtensions(reason(enumerated(1), true))), null],
    [
      'a reason twice',
      entries(withExtensions(reason(enumerated(1)), reason(enumerated(1)))),
      'bad_entry',
    ],
    ['an unknown reason', entries(withExtensions(reason(enumerated(99)))), null],
    ['a reason of two octets', entries(withExtensions(reason(enumerated(1, 1)))), 'bad_entry'],
    ['a negative reason', entries(withExtensions(reason(enumerated(0xff)))), 'bad_entry'],
    ['a reason that is an INTEGER', entries(withExtensions(reason(integer(1)))), 'bad_entry'],
    [
      'a reason with a further element',
      entries(withExtensions(extension('2.5.29.21', false, Uint8Array.of(10, 1, 1, 5, 0)))),
      'bad_entry',
    ],
    ['removeFromCRL in a complete list', entries({ serial: 5, reasonCode: 8 }), 'bad_entry'],
    ['removeFromCRL in a delta', { base: 1, ...entries({ serial: 5, reasonCode: 8 }) }, null],
    [
      'an invalidity date',
      entries(withExtensions(extension('2.5.29.24', false, text(0x18, '20240229000000Z')))),
      null,
    ],
    [
      'an invalidity date in UTCTime',
      entries(withExtensions(extension('2.5.29.24', false, time))),
      'bad_entry',
    ],
    [
      'a certificate issuer in an indirect list',
      { ...indirect, ...entries({ serial: 5, certificateIssuer: [{ directory: 'CN=b' }] }) },
      null,
    ],
    [
      'a certificate issuer in a direct list',
      entries({ serial: 5, certificateIssuer: [{ directory: 'CN=b' }] }),
      'bad_entry',
    ],
    [
      'a certificate issuer without names',
      { ...indirect, ...entries({ serial: 5, certificateIssuer: [] }) },
      'bad_entry',
    ],
    // section 5.2
    [
      'an unknown critical CRL extension',
      { extensions: [extension('1.2.3', true, nothing())] },
      'unhandled_critical_extension',
    ],
    ['an unknown CRL extension', { extensions: [extension('1.2.3', false, nothing())] }, null],
    [
      'a CRL extension twice',
      { extensions: [extension('2.5.29.20', false, integer(7))] },
      'duplicate_extension',
    ],
    ['a CRL number of 20 octets', { number: (1n << 159n) - 1n }, null],
    ['a CRL number of 21 octets', { number: 1n << 160n }, 'bad_extension'],
    ['a negative CRL number', { number: -1 }, 'bad_extension'],
    // section 5.2.5
    ['an empty scope', { extensions: idp() }, 'bad_extension'],
    ['a scope with a name', { issuingDistributionPoint: { names: [uri] } }, null],
    [
      'a scope without names in its name',
      { issuingDistributionPoint: { names: [] } },
      'bad_extension',
    ],
    ['a flag that is FALSE', { extensions: idp(falseFlag) }, 'bad_extension'],
    ['for users only', { extensions: idp(trueFlag(0x81)) }, null],
    [
      'for users only and for CAs only',
      { extensions: idp(trueFlag(0x81), trueFlag(0x82)) },
      'bad_extension',
    ],
    ['members out of order', { extensions: idp(trueFlag(0x84), trueFlag(0x82)) }, 'bad_extension'],
    ['a member twice', { extensions: idp(trueFlag(0x84), trueFlag(0x84)) }, 'bad_extension'],
    ['an unknown member', { extensions: idp(trueFlag(0x86)) }, 'bad_extension'],
  ])('%s', async (_, change, reason) => {
    const outcome = await parse(change)
    expect(outcome.ok ? null : outcome.reason).toBe(reason)
  })

  it.each([
    ['nothing', (_: Bytes) => new Uint8Array()],
    ['an octet after the list', (der: Bytes) => Uint8Array.of(...der, 0)],
    ['without its last octet', (der: Bytes) => der.slice(0, -1)],
    ['the structure of a certificate', () => sequence(sequence(integer(1)), sequence(), nothing())],
    ['more than 64 MiB', () => new Uint8Array((1 << 26) + 1)],
  ])('refuses %s', async (_, change) => {
    expect(parseCertificateList(change(await mintCrl(base))).ok).toBe(false)
  })

  it('does not throw for any changed octet', async () => {
    const der = await mintCrl({
      ...base,
      ...indirect,
      entries: [{ serial: 5, reasonCode: 1, certificateIssuer: [{ directory: 'CN=b' }] }],
    })
    let refused = 0
    for (let i = 0; i < der.length; i++) {
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const other = der.slice()
        other[i] = (other[i] ?? 0) ^ change
        if (!parseCertificateList(other).ok) refused++
      }
    }
    expect(refused).toBeGreaterThan(der.length)
  })

  it('knows all reasons', () => {
    expect(allReasons).toBe([1, 2, 3, 4, 5, 6, 7, 8].reduce((set, bit) => set | (1 << bit), 0))
  })
})
