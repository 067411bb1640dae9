import { describe, expect, it } from 'vitest'
import { integer, objectIdentifier, octetString } from '../doctor/der-writer.ts'
import { countElements, type DerFault, readDer } from './der-reader.ts'
import { oidOf, smallIntegerOf } from './der-values.ts'
import { sequence, tlv } from './der-writer.ts'
import { fromHex } from './hex.ts'

const bytes = (hex: string) => fromHex(hex.replaceAll(' ', '')) ?? new Uint8Array()

describe('readDer', () => {
  // Each refused encoding beside its accepted twin: the same thing, as DER has it.
  const cases: [name: string, hex: string, fault: DerFault | null][] = [
    ['a SEQUENCE of two', '30 06 02 01 05 02 01 06', null],
    ['nothing', '', 'truncated'],
    ['a missing octet', '30 06 02 01 05 02 01', 'truncated'],
    ['an element that ends behind its SEQUENCE', '30 03 02 02 05', 'truncated'],
    ['an octet behind', '30 03 02 01 05 00', 'trailing_octets'],
    ['an indefinite length', '30 80 02 01 05 00 00', 'indefinite_length'],
    ['a long length that could be short', '30 81 03 02 01 05', 'length_not_minimal'],
    ['a length of two octets', `30 81 83 04 81 80 ${'00'.repeat(128)}`, null],
    [
      'the same with a leading zero',
      `30 82 00 83 04 81 80 ${'00'.repeat(128)}`,
      'length_not_minimal',
    ],
    ['a long length', `04 81 80 ${'00'.repeat(128)}`, null],
    ['a length of five octets', '04 85 00 00 00 00 01 00', 'too_large'],
    ['a constructed OCTET STRING', '24 03 04 01 00', 'tag'],
    ['a primitive SEQUENCE', '10 00', 'tag'],
    ['an end-of-contents', '00 00', 'tag'],
    ['a high tag number', 'bf 1f 00', null],
    ['a high tag number that is low', 'bf 1e 00', 'tag'],
    ['a high tag number with a leading zero', 'bf 80 1f 00', 'tag'],
    ['a high tag number of four octets', 'bf 81 80 80 00 00', null],
    ['a high tag number of five octets', 'bf 81 80 80 80 00 00', 'tag'],
    ['a high tag number of the universal class', '3f 1f 00', 'tag'],
    ['TRUE', '01 01 ff', null],
    ['another TRUE', '01 01 01', 'boolean'],
    ['a BOOLEAN of two octets', '01 02 ff ff', 'boolean'],
    ['128', '02 02 00 80', null],
    ['127 with a leading zero', '02 02 00 7f', 'integer'],
    ['-128', '02 01 80', null],
    ['-128 with leading ones', '02 02 ff 80', 'integer'],
    ['an empty INTEGER', '02 00', 'integer'],
    ['an ENUMERATED that is not minimal', '0a 02 00 01', 'integer'],
    ['seven unused bits', '03 02 07 80', null],
    ['eight unused bits', '03 02 08 80', 'bit_string'],
    ['an unused bit that is set', '03 02 07 81', 'bit_string'],
    ['unused bits in an empty BIT STRING', '03 01 01', 'bit_string'],
    ['no bits', '03 01 00', null],
    ['no BIT STRING at all', '03 00', 'bit_string'],
    ['NULL', '05 00', null],
    ['a NULL of something', '05 01 00', 'null'],
    ['an OID', '06 03 55 04 03', null],
    ['an OID that breaks off', '06 03 55 04 83', 'object_identifier'],
    ['an OID with a leading zero', '06 03 55 80 03', 'object_identifier'],
    ['an empty OID', '06 00', 'object_identifier'],
    ['an OID of 128 octets', `06 81 80 ${'81'.repeat(127)}01`, null],
    ['an OID of 129 octets', `06 81 81 ${'81'.repeat(128)}01`, 'object_identifier'],
    ['an OID of 200 octets', `06 81 c8 ${'81'.repeat(199)}01`, 'object_identifier'],
  ]
  it.each(cases)('%s', (_, hex, fault) => {
    const node = readDer(bytes(hex), 1 << 16)
    expect(node.ok ? null : node.error.why).toBe(fault)
  })

  it('says where the fault is', () => {
    const node = readDer(bytes('30 06 02 01 05 01 01 83'), 100)
    expect(node).toEqual({ ok: false, error: { why: 'boolean', at: 5 } })
  })

  const nested = (levels: number) => {
    let element = octetString(new Uint8Array())
    for (let i = 0; i < levels; i++) element = sequence(element)
    return element
  }
  it('bears 32 levels and no more', () => {
    expect(readDer(nested(32), 1000).ok).toBe(true)
    expect(readDer(nested(33), 1000)).toMatchObject({ ok: false, error: { why: 'too_deep' } })
  })

  it('reads up to the given size', () => {
    expect(readDer(octetString(new Uint8Array(98)), 100).ok).toBe(true)
    expect(readDer(octetString(new Uint8Array(99)), 100)).toMatchObject({
      error: { why: 'too_large' },
    })
  })
})

describe('countElements', () => {
  const cases: [name: string, hex: string, count: number][] = [
    ['one element', '05 00', 1],
    ['those inside of a SEQUENCE', '30 04 05 00 05 00', 3],
    ['those inside of an OCTET STRING that holds DER', '04 06 30 04 05 00 05 00', 4],
    ['those inside of OCTET STRINGs in each other', '04 06 04 04 30 02 05 00', 4],
    ['no element inside of another OCTET STRING', '04 06 30 80 05 00 00 00', 1],
    ['no element inside of a BIT STRING', '03 03 00 05 00', 1],
  ]
  it.each(cases)('%s', (_, hex, count) => {
    const node = readDer(bytes(hex), 100)
    if (!node.ok) return expect.fail(node.error.why)
    expect(countElements(node.value, 100)).toBe(count)
    expect(countElements(node.value, count)).toBe(count)
    // Above the limit counting stops.
    expect(countElements(node.value, count - 1)).toBe(count)
    if (count > 2) expect(countElements(node.value, count - 2)).toBe(count - 1)
  })
})

describe('values', () => {
  it.each([
    '0.9.2342.19200300.100.1.1',
    '1.2.840.113549.1.1.1',
    '2.999.3',
    '2.25.340282366920938463',
  ])('an OBJECT IDENTIFIER comes out as it went in: %s', (oid) => {
    const node = readDer(objectIdentifier(oid), 100)
    expect(node.ok && oidOf(node.value)).toBe(oid)
  })

  it.each([
    [0, 0],
    [127, 127],
    [128, 128],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 31, null],
    [-1, null],
  ])('a small INTEGER: %d', (value, expected) => {
    const node = readDer(integer(value), 100)
    expect(node.ok && smallIntegerOf(node.value)).toBe(expected)
  })

  it('nothing else is taken for an INTEGER', () => {
    const node = readDer(tlv(0x04, Uint8Array.of(5)), 100)
    expect(node.ok && smallIntegerOf(node.value)).toBe(null)
  })
})
