import { describe, expect, it } from 'vitest'
import { type Lifespan, tokenExpiry } from './expiry.ts'

const now = 1_800_000_000
const base: Lifespan = { now, ttl: 300, notAfter: null }

describe('the expiry of a token', () => {
  const cases: [name: string, change: Partial<Lifespan>, exp: number][] = [
    ['nothing bounds it', {}, now + 300],
    ['a certificate of longer life', { notAfter: now + 301 }, now + 300],
    ['a certificate of shorter life', { notAfter: now + 299 }, now + 299],
    ['the last second of a certificate', { notAfter: now }, now],
    ['the longest life', { ttl: 3600 }, now + 3600],
    ['more than the longest life', { ttl: 3601 }, now + 3600],
  ]
  it.each(cases)('%s', (_, change, exp) => {
    expect(tokenExpiry({ ...base, ...change })).toBe(exp)
  })

  it('is null for an expired certificate', () => {
    expect(() => tokenExpiry({ ...base, notAfter: now - 1 })).toThrow(RangeError)
  })
})
