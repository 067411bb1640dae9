import { describe, expect, it } from 'vitest'
import { certificateConfirmation } from './confirmation.ts'

// RFC 8705 appendix A.
const thumbprint = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

describe('a certificate confirmation', () => {
  it('holds the thumbprint', () => {
    expect(certificateConfirmation(thumbprint)).toEqual({ 'x5t#S256': thumbprint })
  })

  const cases: [name: string, text: string][] = [
    ['nothing', ''],
    ['a SHA-1 thumbprint', thumbprint.slice(0, 27)],
    ['padding', `${thumbprint}=`],
    ['hexadecimal', '0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'],
  ]
  it.each(cases)('%s is none', (_, text) => {
    expect(() => certificateConfirmation(text)).toThrow(TypeError)
  })
})
