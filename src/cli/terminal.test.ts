import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { briefJson, columns, formatSpan, formatTime, printable, printableJson } from './terminal.ts'

const anyText = fc.string({ unit: 'binary' })
// What moves a cursor, hides or turns the reading direction.
const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('printable', () => {
  const cases: [name: string, text: string, shown: string][] = [
    ['plain text', 'CN=Acme, Ltd', 'CN=Acme, Ltd'],
    ['letters of other scripts', 'Grüße, 日本', 'Grüße, 日本'],
    ['an escape sequence', 'a\u001b[31mb', 'a\\u{1b}[31mb'],
    ['a C1 control', 'a\u009bb', 'a\\u{9b}b'],
    ['NUL and line feed', 'a\0b\nc', 'a\\u{0}b\\u{a}c'],
    ['a bidi override', 'a\u202eb', 'a\\u{202e}b'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a tag character', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['a filler that is no space', 'a\u3164b', 'a\\u{3164}b'],
    ['a space that is not U+0020', 'a\u00a0b', 'a\\u{a0}b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ]
  it.each(cases)('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })
  it('escapes everything harmful, and does not change its own output', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = printable(text)
        expect(harmful.test(shown)).toBe(false)
        expect(printable(shown)).toBe(shown)
      }),
    )
  })
})

describe('printableJson', () => {
  it('parses to the same value, and has no control characters but line feeds', () => {
    fc.assert(
      fc.property(fc.record({ a: anyText, b: fc.array(anyText) }), (value) => {
        const json = printableJson(value)
        expect(JSON.parse(json)).toEqual(value)
        expect(harmful.test(json.replaceAll('\n', ''))).toBe(false)
      }),
    )
  })
})

describe('layout', () => {
  it('aligns columns by what is shown', () => {
    const lines = columns([
      ['a\u202e', 'b', ''],
      ['longer than', 'c', 'd'],
    ])
    expect(lines).toEqual(['a\\u{202e}    b', 'longer than  c  d'])
  })
  it('cuts long members', () => {
    expect(briefJson({ x5c: ['M'.repeat(500)], kty: 'EC' })).toBe(
      `{"x5c":["${'M'.repeat(24)}... (500 characters)"],"kty":"EC"}`,
    )
  })
  it('writes times and spans', () => {
    expect(formatTime(1_800_000_000)).toBe('2027-01-15 08:00:00Z')
    expect(formatTime(9e15)).toBe('9000000000000000 s since 1970')
    expect([45, 900, 10_800, 1_100_000].map(formatSpan)).toEqual([
      '45 s',
      '15 min',
      '3 h',
      '12 days',
    ])
  })
})
