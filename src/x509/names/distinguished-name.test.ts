import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MintName, mintName, type StringType } from '../../../test/support/mint/name.ts'
import { objectIdentifier, setOf } from '../../doctor/der-writer.ts'
import { sequence, tlv } from '../../encoding/der-writer.ts'
import {
  distinguishedNameKey,
  distinguishedNameKeyFromDer,
  matchDistinguishedName,
  namesEqual,
} from './distinguished-name.ts'
import { formatDistinguishedName } from './format-name.ts'
import type { NameTextRefusal } from './parse-name-text.ts'

describe('matchDistinguishedName', () => {
  const partner: MintName = [
    ['C', 'BR'],
    ['O', 'Banco, S.A.'],
    ['2.5.4.97', 'OFBBR-1234', 'printable'],
    ['CN', 'Partner  One'],
  ]
  const twoInOne: MintName = [
    ['O', 'Bank'],
    [
      ['CN', 'a'],
      ['OU', 'b'],
    ],
  ]
  const cases: [name: string, registered: string, subject: MintName, matches: boolean][] = [
    [
      'short names',
      'CN=Partner One,organizationIdentifier=OFBBR-1234,O=Banco\\, S.A.,C=BR',
      partner,
      true,
    ],
    [
      'OIDs',
      '2.5.4.3=partner one,2.5.4.97=ofbbr-1234,2.5.4.10=BANCO\\2C S.A.,2.5.4.6=br',
      partner,
      true,
    ],
    [
      '#hex',
      'CN=Partner One,2.5.4.97=#130A4F464242522D31323334,O=Banco\\, S.A.,C=BR',
      partner,
      true,
    ],
    [
      '#hex of another string type',
      'CN=Partner One,2.5.4.97=#0c0a4f464242522d31323334,O=Banco\\, S.A.,C=BR',
      partner,
      true,
    ],
    [
      '#hex of another value',
      'CN=Partner One,2.5.4.97=#130A4F464242522D31323335,O=Banco\\, S.A.,C=BR',
      partner,
      false,
    ],
    [
      'spaces around separators',
      ' cn = Partner One , organizationIdentifier=OFBBR-1234, o=Banco\\, S.A. ,c=BR ',
      partner,
      true,
    ],
    [
      'another order of RDNs',
      'C=BR,O=Banco\\, S.A.,organizationIdentifier=OFBBR-1234,CN=Partner One',
      partner,
      false,
    ],
    [
      'an RDN less',
      'CN=Partner One,organizationIdentifier=OFBBR-1234,O=Banco\\, S.A.',
      partner,
      false,
    ],
    [
      'an RDN more',
      'L=x,CN=Partner One,organizationIdentifier=OFBBR-1234,O=Banco\\, S.A.,C=BR',
      partner,
      false,
    ],
    ['a set in one order', 'CN=a+OU=b,O=Bank', twoInOne, true],
    ['a set in the other order', 'OU=b+CN=a,O=Bank', twoInOne, true],
    ['the members of a set as RDNs', 'CN=a,OU=b,O=Bank', twoInOne, false],
    ['half of a set', 'CN=a,O=Bank', twoInOne, false],
    [
      'a set with a value twice',
      'CN=a+CN=a',
      [
        [
          ['CN', 'a'],
          ['OU', 'b'],
        ],
      ],
      false,
    ],
    ['a value that looks like two', 'CN=a\\+OU\\=b,O=Bank', twoInOne, false],
    ['the same type of string or not', 'CN=x', [['CN', 'X', 'bmp']], true],
    ['UniversalString', 'CN=x', [['CN', 'X', 'universal']], true],
    ['TeletexString does not match text', 'CN=x', [['CN', 'x', 'teletex']], false],
    ['TeletexString by its octets', 'CN=#140178', [['CN', 'x', 'teletex']], true],
    [
      'e-mail addresses and domains',
      'E=A@B.example,DC=Example',
      [
        ['DC', 'example'],
        ['EMAILADDRESS', 'a@b.EXAMPLE'],
      ],
      true,
    ],
    ['an unknown type in its case', '1.2.3.4=Abc', [['1.2.3.4', 'Abc']], true],
    ['an unknown type in another case', '1.2.3.4=abc', [['1.2.3.4', 'Abc']], false],
    ['an unknown type by DER', '1.2.3.4=#0c03416263', [['1.2.3.4', 'Abc']], true],
    ['a character that needs no escape', 'CN=\\61', [['CN', 'a']], true],
    ['an escaped space at the end is ignored', 'CN=a\\ ', [['CN', 'a']], true],
    ['NUL', 'CN=a\\00b', [['CN', 'a\0b']], false],
    ['the part before a NUL', 'CN=a', [['CN', 'a\0b']], false],
    ['an empty value', 'CN=', [['CN', '']], true],
    ['no name at all', '', [], false],
    ['a text that cannot be read', 'CN', [['CN', 'a']], false],
  ]
  it.each(cases)('%s', (_, registered, subject, matches) => {
    expect(matchDistinguishedName(registered, mintName(subject))).toBe(matches)
  })

  it('a malformed Name matches nothing', () => {
    expect(matchDistinguishedName('CN=a', Uint8Array.of(0x31, 0))).toBe(false)
    expect(matchDistinguishedName('CN=a', new Uint8Array())).toBe(false)
  })
})

describe('distinguishedNameKey', () => {
  const cases: [text: string, why: NameTextRefusal['why'], at?: number][] = [
    ['CN', 'equals_expected', 2],
    ['=a', 'attribute_type_expected', 0],
    ['CN=a,', 'attribute_type_expected', 5],
    ['CN=a,,O=b', 'attribute_type_expected', 5],
    ['CN=a+,O=b', 'attribute_type_expected', 5],
    ['FOO=a', 'attribute_type_unknown', 0],
    ['OID.2.5.4.3=a', 'attribute_type_unknown', 0],
    ['2.5.04.3=a', 'attribute_type_unknown', 0],
    ['3.1=a', 'attribute_type_unknown', 0],
    ['CN="a"', 'quoted_value', 3],
    ['CN=a"b', 'quoted_value', 4],
    ['CN=a;O=b', 'character_to_be_escaped', 4],
    ['CN=<a>', 'character_to_be_escaped', 3],
    ['CN=a\\', 'escape', 4],
    ['CN=a\\x', 'escape', 4],
    ['CN=a\\4', 'escape', 4],
    ['CN=\\C4', 'not_utf8', 3],
    ['CN=\ud800', 'not_utf8', 0],
    ['CN=#', 'hexadecimal_value', 3],
    ['CN=#0c0', 'hexadecimal_value', 3],
    ['CN=#0c0261', 'hexadecimal_value', 3],
    ['CN=#0c0161x', 'hexadecimal_value', 3],
    ['CN=#0c01ff', 'hexadecimal_value', 3],
    ['CN=a\\00', 'prohibited_character'],
    ['CN=a\ue000', 'prohibited_character'],
    [`CN=${'a'.repeat(5000)}`, 'too_long'],
    [`O=Bank,CN=${'a'.repeat(5000)}`, 'too_long'],
    [`CN=${'\ufdfa'.repeat(500)}`, 'too_long'],
    [`CN=${'a'.repeat(2100)},CN=${'a'.repeat(2100)}`, 'too_long'],
    [`CN=${'a'.repeat(20_000)}`, 'too_long', 16_384],
  ]
  it.each(cases)('refuses %j', (text, why, at) => {
    const error = at === undefined ? { why } : { why, at }
    expect(distinguishedNameKey(text)).toEqual({ ok: false, error })
  })

  it.each(['CN=a', 'CN=\\"a\\"', 'CN=a\\;O\\=b', 'CN=a=b', 'CN=\\#a', 'cn=é', 'CN=', ''])(
    'reads %j',
    (text) => {
      expect(distinguishedNameKey(text).ok).toBe(true)
    },
  )

  it('is a stable text', () => {
    expect(distinguishedNameKey('CN=B\\+1+OU=A,O= Straße\\,\\\\ #')).toEqual({
      ok: true,
      value: '2.5.4.11=a+2.5.4.3=b\\+1,2.5.4.10=strasse\\,\\\\ \\#',
    })
  })
})

describe('namesEqual', () => {
  it('a name that cannot be compared as text equals only itself', () => {
    const odd = mintName([['CN', 'a\0b']])
    expect(namesEqual(odd, odd)).toBe(true)
    expect(namesEqual(odd, mintName([['CN', 'A\0b']]))).toBe(false)
  })
  it('a name that is too long to compare equals only itself', () => {
    const long = mintName([['CN', 'a'.repeat(5000)]])
    expect(namesEqual(long, long.slice())).toBe(true)
    expect(namesEqual(long, mintName([['CN', 'A'.repeat(5000)]]))).toBe(false)
  })
  it('empty names are equal', () => {
    expect(namesEqual(mintName([]), mintName([]))).toBe(true)
    expect(namesEqual(mintName([]), mintName('CN=a'))).toBe(false)
  })
})

const stringTypes: readonly StringType[] = [
  'utf8',
  'bmp',
  'universal',
  'teletex',
  'ia5',
  'printable',
]
const types = ['CN', 'O', 'OU', 'DC', 'EMAILADDRESS', '2.5.4.97', '1.2.3.4', '2.5.4.45']
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(' ', '#', ',', '+', '\\', '"', '=', ';', '<', 'a', 'ß', '\0', '\u0301'),
    maxLength: 8,
  }),
)
const attribute = fc
  .tuple(fc.constantFrom(...types), value, fc.constantFrom(...stringTypes))
  .map(([type, text, as]) => {
    // Only as much as the string type can say; the mint writes one octet a character for the others.
    const wide = as === 'utf8' || as === 'universal'
    const kept = Array.from(text).filter(
      (c) => wide || (c.codePointAt(0) ?? 0) < (as === 'bmp' ? 0xd800 : 0x80),
    )
    return [type, kept.join(''), as] as const
  })
const name = fc.array(fc.array(attribute, { minLength: 1, maxLength: 3 }), { maxLength: 4 })

describe('a name written as text', () => {
  it('has the key of the name in DER, or neither has one', () => {
    fc.assert(
      fc.property(name, fc.constantFrom('short' as const, 'oid' as const), (rdns, style) => {
        const der = mintName(rdns)
        const key = distinguishedNameKeyFromDer(der)
        const back = distinguishedNameKey(formatDistinguishedName(der, { types: style }))
        expect(back.ok ? back.value : null).toBe(key)
      }),
      { numRuns: 1000 },
    )
  })

  it('has values that are no strings in #hex', () => {
    const uid = sequence(objectIdentifier('2.5.4.45'), tlv(0x03, Uint8Array.of(0, 1)))
    const der = sequence(setOf(uid))
    expect(formatDistinguishedName(der)).toBe('2.5.4.45=#03020001')
    expect(matchDistinguishedName('2.5.4.45=#03020001', der)).toBe(true)
  })

  it.each([
    ['CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h', 'a,b+c"d\\e<f>g;h'],
    ['CN=\\#a', '#a'],
    ['CN=\\ a\\ ', ' a '],
    ['CN=a\\0db', 'a\rb'],
    ['CN=\\e2\\80\\aeb', '\u202eb'],
    ['CN=ü', 'ü'],
  ])('escapes as RFC 4514 section 2.4 says: %s', (text, cn) => {
    expect(formatDistinguishedName(mintName([['CN', cn]]))).toBe(text)
  })
})
