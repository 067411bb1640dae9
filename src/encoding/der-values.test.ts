import { describe, expect, it } from 'vitest'
import { utf8 } from './bytes.ts'
import { readTime } from './der-values.ts'

const utcTime = 0x17
const generalizedTime = 0x18

describe('readTime', () => {
  const cases: [name: string, tag: number, digits: string, iso: string | null][] = [
    ['UTCTime', utcTime, '200101000000Z', '2020-01-01T00:00:00Z'],
    ['the first year of a UTCTime', utcTime, '500101000000Z', '1950-01-01T00:00:00Z'],
    ['the last year of a UTCTime', utcTime, '491231235959Z', '2049-12-31T23:59:59Z'],
    ['GeneralizedTime', generalizedTime, '20500101000000Z', '2050-01-01T00:00:00Z'],
    ['no expiry (section 4.1.2.5)', generalizedTime, '99991231235959Z', '9999-12-31T23:59:59Z'],
    ['the year 1', generalizedTime, '00010101000000Z', '0001-01-01T00:00:00Z'],
    ['29 February of a leap year', utcTime, '200229000000Z', '2020-02-29T00:00:00Z'],
    ['29 February of another year', utcTime, '210229000000Z', null],
    ['30 February', utcTime, '200230000000Z', null],
    ['month 13', utcTime, '201301000000Z', null],
    ['day 0', utcTime, '200100000000Z', null],
    ['24 o’clock', utcTime, '200101240000Z', null],
    ['a leap second', utcTime, '161231235960Z', null],
    ['no seconds', utcTime, '2001010000Z', null],
    ['an offset', utcTime, '200101000000+0000', null],
    ['no zone', utcTime, '200101000000', null],
    ['a fraction', generalizedTime, '20500101000000.5Z', null],
    ['a UTCTime with four digits of year', utcTime, '20200101000000Z', null],
    ['a GeneralizedTime with two', generalizedTime, '200101000000Z', null],
    ['a sign', utcTime, '20010100000-1Z', null],
    ['a text', 0x0c, '200101000000Z', null],
  ]
  it.each(cases)('%s', (_, tag, digits, iso) => {
    expect(readTime({ tag, contents: utf8(digits) })).toBe(
      iso === null ? null : Date.parse(iso) / 1000,
    )
  })
})
