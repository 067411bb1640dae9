import { describe, expect, it } from 'vitest'
import { unknownClientLimiter } from './unknown-client-limiter.ts'

const limiter = () => unknownClientLimiter({ unknownAllowed: 5, unknownAllowedCaller: 2 })

describe('the unknown-client limiter', () => {
  it('limits one caller, and leaves lookups for others', () => {
    const limit = limiter()
    const allowed = ['a', 'b', 'c'].map((name) => limit.allows(name, 'one', 0))
    expect(allowed).toEqual([true, true, false])
    expect(limit.allows('d', 'two', 0)).toBe(true)
  })

  it('limits all callers together', () => {
    const limit = limiter()
    const allowed = [1, 2, 3, 4, 5, 6].map((i) => limit.allows(`n${i}`, `caller ${i}`, 0))
    expect(allowed).toEqual([true, true, true, true, true, false])
  })

  it('does not count a client_id that was released', () => {
    const limit = limiter()
    limit.allows('a', 'one', 0)
    limit.allows('b', 'one', 0)
    limit.release('a')
    expect(limit.allows('c', 'one', 0)).toBe(true)
    expect(limit.allows('d', 'one', 0)).toBe(false)
  })

  it('counts for ten seconds', () => {
    const limit = limiter()
    limit.allows('a', 'one', 0)
    limit.allows('b', 'one', 0)
    expect(limit.allows('c', 'one', 9)).toBe(false)
    expect(limit.allows('c', 'one', 10)).toBe(true)
  })
})
