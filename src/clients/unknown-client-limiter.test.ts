import { describe, expect, it } from 'vitest'
import { strangersLately } from './unknown-client-limiter.ts'

const strangers = () => strangersLately({ unknownAllowed: 5, unknownAllowedCaller: 2 })

describe('strange names', () => {
  it('of one caller leave room for those of others', () => {
    const lately = strangers()
    const admitted = ['a', 'b', 'c'].map((name) => lately.admits(name, 'one', 0))
    expect(admitted).toEqual([true, true, false])
    expect(lately.admits('d', 'two', 0)).toBe(true)
  })

  it('are bounded in all', () => {
    const lately = strangers()
    const admitted = [1, 2, 3, 4, 5, 6].map((i) => lately.admits(`n${i}`, `caller ${i}`, 0))
    expect(admitted).toEqual([true, true, true, true, true, false])
  })

  it('that were clients after all give their room back', () => {
    const lately = strangers()
    lately.admits('a', 'one', 0)
    lately.admits('b', 'one', 0)
    lately.forget('a')
    expect(lately.admits('c', 'one', 0)).toBe(true)
    expect(lately.admits('d', 'one', 0)).toBe(false)
  })

  it('count for ten seconds', () => {
    const lately = strangers()
    lately.admits('a', 'one', 0)
    lately.admits('b', 'one', 0)
    expect(lately.admits('c', 'one', 9)).toBe(false)
    expect(lately.admits('c', 'one', 10)).toBe(true)
  })
})
