import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from './hex.ts'

describe('hex', () => {
  const cases: [name: string, text: string, octets: number[] | null][] = [
    ['nothing', '', []],
    ['lower case', '00ff', [0, 255]],
    ['upper case', '00FF', [0, 255]],
    ['an odd number of digits', '0ff', null],
    ['a colon', '00:ff', null],
  ]
  it.each(cases)('%s', (_, text, octets) => {
    expect(fromHex(text)).toEqual(octets === null ? null : Uint8Array.from(octets))
  })
  it('writes lower case', () => {
    expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff')
  })
})
