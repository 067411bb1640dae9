import { describe, expect, it } from 'vitest'
import { prepareString } from './prepare-string.ts'

describe('prepareString', () => {
  const same: [name: string, a: string, b: string][] = [
    ['case', 'Foo Bar', 'foo bar'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['capital sharp s', 'STRAẞE', 'strasse'],
    ['final sigma', 'ΛΟΓΟΣ', 'λογος'],
    ['the Kelvin sign', 'K', 'k'],
    ['a ligature', 'ﬁ', 'FI'],
    ['Cherokee, which folds to upper case', 'Ꭰ', 'ꭰ'],
    ['composed and decomposed', 'Å', 'A\u030a'],
    ['full width', 'ＡＢ', 'ab'],
    ['mathematical letters', '𝐀', 'a'],
    ['a titlecase digraph', 'ǅ', 'dž'],
    ['spaces', '  a   b ', 'a b'],
    ['other white space', 'a\t\u00a0\u2003\r\nb', 'a b'],
    ['soft hyphen, zero width space, joiners', 'a\u00ad\u200b\u200d\ufeffb', 'ab'],
    ['a variation selector', 'a\ufe0f', 'a'],
    ['only spaces', '   ', ''],
    ['30 combining marks', `a${'\u0301'.repeat(30)}`, `A${'\u0301'.repeat(30)}`],
  ]
  it.each(same)('the same: %s', (_, a, b) => {
    expect(prepareString(a, 'caseIgnore')).toBe(prepareString(b, 'caseIgnore'))
    expect(prepareString(a, 'caseIgnore')).not.toBeNull()
  })

  it('4096 characters at most, counted when they are normal', () => {
    expect(prepareString('a'.repeat(4096), 'caseIgnore')).not.toBeNull()
    expect(prepareString('a'.repeat(4097), 'caseIgnore')).toBeNull()
    expect(prepareString('\ufdfa'.repeat(227), 'caseExact')).not.toBeNull()
    expect(prepareString('\ufdfa'.repeat(228), 'caseIgnore')).toBeNull()
  })

  const different: [name: string, a: string, b: string][] = [
    ['dotless i is no i', 'ı', 'i'],
    ['I with a dot is no i', 'İ', 'i'],
    ['Cyrillic a', 'a', 'а'],
    ['an accent', 'e', 'é'],
    ['a space before a combining mark counts', 'a \u0301', 'a  \u0301'],
    ['a space between', 'ab', 'a b'],
  ]
  it.each(different)('different: %s', (_, a, b) => {
    expect(prepareString(a, 'caseIgnore')).not.toBe(prepareString(b, 'caseIgnore'))
  })

  it.each([
    ['NUL', 'a\0'],
    ['a control character', 'a\x1b[31m'],
    ['DEL', 'a\x7f'],
    ['a C1 control', 'a\x9b'],
    ['right-to-left override', 'a\u202eb'],
    ['a directional isolate', 'a\u2066b'],
    ['a tag character', 'a\u{e0041}'],
    ['private use', 'a\ue000'],
    ['a non-character', 'a\ufffe'],
    ['unassigned', 'a\u0378'],
    ['half a surrogate pair', 'a\ud800'],
    ['the replacement character', 'a\ufffd'],
    ['31 combining marks', `a${'\u0301'.repeat(31)}`],
  ])('prohibited: %s', (_, text) => {
    expect(prepareString(text, 'caseIgnore')).toBeNull()
    expect(prepareString(text, 'caseExact')).toBeNull()
  })

  it('caseExact keeps the case and does the rest', () => {
    expect(prepareString('  Ａ  b ', 'caseExact')).toBe('A b')
  })
})
