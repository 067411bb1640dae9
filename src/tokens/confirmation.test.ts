import { describe, expect, it } from 'vitest'
import { certificateConfirmation, readConfirmation } from './confirmation.ts'

// RFC 8705 appendix A.
const thumbprint = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

describe('a certificate confirmation', () => {
  it('has the thumbprint', () => {
    expect(certificateConfirmation(thumbprint)).toEqual({ 'x5t#S256': thumbprint })
  })

  const cases: [name: string, text: string][] = [
    ['nothing', ''],
    ['a SHA-1 thumbprint', thumbprint.slice(0, 27)],
    ['padding', `${thumbprint}=`],
    ['more before it', `A${thumbprint}`],
    ['more behind it', `${thumbprint}A`],
    ['hexadecimal', '0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'],
  ]
  it.each(cases)('refuses %s', (_, text) => {
    expect(() => certificateConfirmation(text)).toThrow(TypeError)
  })
})

describe('a cnf claim', () => {
  const x5t = { 'x5t#S256': thumbprint }
  it.each([
    ['no claim', undefined, { ok: true, value: null }],
    ['a thumbprint', x5t, { ok: true, value: x5t }],
    ['null', null, { ok: false, error: { members: [] } }],
    ['a text', 'x5t#S256', { ok: false, error: { members: [] } }],
    ['no member', {}, { ok: false, error: { members: [] } }],
    ['another member', { jkt: 'x' }, { ok: false, error: { members: ['jkt'] } }],
    [
      'a second member',
      { ...x5t, jkt: 'x' },
      { ok: false, error: { members: ['x5t#S256', 'jkt'] } },
    ],
    ['no text', { 'x5t#S256': 1 }, { ok: false, error: { members: ['x5t#S256'] } }],
    [
      'a list with a thumbprint',
      { 'x5t#S256': [thumbprint] },
      { ok: false, error: { members: ['x5t#S256'] } },
    ],
    [
      'pad bits that are not zero',
      { 'x5t#S256': `${thumbprint.slice(0, -1)}p` },
      { ok: false, error: { members: ['x5t#S256'] } },
    ],
  ])('%s', (_, cnf, result) => expect(readConfirmation(cnf)).toEqual(result))
})
