import { describe, expect, it } from 'vitest'
import { text } from '../doctor/der-writer.ts'
import { readDer } from './der-reader.ts'
import { isInteger, newSpan, scanElement, timeOf } from './der-scan.ts'
import { fromHex } from './hex.ts'

const hex = (octets: string) => fromHex(octets) ?? new Uint8Array()

describe('scanElement', () => {
  it.each([
    ['an empty SEQUENCE', '3000', { tag: 0x30, contents: 2, end: 2 }],
    ['a short form', '0401ff', { tag: 0x04, contents: 2, end: 3 }],
    ['a long form', `048180${'00'.repeat(128)}`, { tag: 0x04, contents: 3, end: 131 }],
    ['a long form that is not the shortest', `04817f${'00'.repeat(127)}`, null],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`, null],
    ['the indefinite form', '30800000', null],
    ['no length', '30', null],
    ['a length cut short', '0482', null],
    ['contents cut short', '0402ff', null],
    ['five octets of length', '04850000000001ff', null],
    ['the high-tag-number form', '1f1f00', null],
  ])('%s', (_, octets, expected) => {
    const span = newSpan()
    const source = hex(octets)
    expect(scanElement(span, source, 0, source.length) ? span : null).toEqual(expected)
  })

  it('stays before the limit', () => {
    const source = hex('0401ff')
    expect(scanElement(newSpan(), source, 0, 2)).toBe(false)
    expect(scanElement(newSpan(), source, 0, 3)).toBe(true)
  })

  it('finds what the reader finds, octet by octet', () => {
    let seed = 7
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return seed >>> 16
    }
    for (let round = 0; round < 20_000; round++) {
      const tag = [0x02, 0x04, 0x17, 0x30][random() & 3] ?? 0
      const source = Uint8Array.from({ length: random() % 9 }, () => random() & 0xff)
      if (source.length > 0) source[0] = tag
      if (source.length > 1) source[1] = random() % 10
      const span = newSpan()
      const found =
        scanElement(span, source, 0, source.length) &&
        span.end === source.length &&
        (tag !== 0x02 || isInteger(span, source))
      const read = readDer(source, 100)
      // What is inside of a SEQUENCE the scan leaves to its caller.
      if (tag !== 0x30 || read.ok) expect(found, source.join()).toBe(read.ok)
    }
  })
})

describe('timeOf', () => {
  const time = (tag: number, value: string) => {
    const source = text(tag, value)
    const span = newSpan()
    return scanElement(span, source, 0, source.length) ? timeOf(span, source) : 'no element'
  }
  const at = (iso: string) => Date.parse(iso) / 1000

  it.each([
    [0x17, '700101000000Z', 0],
    [0x17, '491231235959Z', at('2049-12-31T23:59:59Z')],
    [0x17, '500101000000Z', at('1950-01-01T00:00:00Z')],
    [0x17, '000229120000Z', at('2000-02-29T12:00:00Z')],
    [0x17, '010229120000Z', Number.NaN],
    [0x17, '240431000000Z', Number.NaN],
    [0x17, '240430000000Z', at('2024-04-30T00:00:00Z')],
    [0x17, '241301000000Z', Number.NaN],
    [0x17, '240001000000Z', Number.NaN],
    [0x17, '240100000000Z', Number.NaN],
    [0x17, '240101240000Z', Number.NaN],
    [0x17, '240101006000Z', Number.NaN],
    [0x17, '240101000060Z', Number.NaN],
    [0x17, '2401010000Z', Number.NaN],
    [0x17, '240101000000+', Number.NaN],
    [0x17, '24010a000000Z', Number.NaN],
    [0x18, '20500101000000Z', at('2050-01-01T00:00:00Z')],
    [0x18, '21000229000000Z', Number.NaN],
    [0x18, '99991231235959Z', at('9999-12-31T23:59:59Z')],
    [0x18, '00000229000000Z', at('0000-02-29T00:00:00Z')],
    [0x18, '20240101000000.5Z', Number.NaN],
    [0x13, '240101000000Z', Number.NaN],
  ])('%i %s', (tag, value, expected) => {
    expect(time(tag, value)).toBe(expected)
  })

  it('counts every day as the platform does', () => {
    for (let day = -5000; day < 60_000; day += 13) {
      const iso = new Date(day * 86_400_000).toISOString()
      expect(time(0x18, iso.replace(/[-:T]|\.\d+/g, ''))).toBe(day * 86_400)
    }
  })
})
