import type { RateLimit } from '@cloudflare/workers-types'
import { describe, expect, it } from 'vitest'
import { addressKey, addressOf, withinRate } from './rate-limit.ts'

const key = (address: string | null) => addressKey(addressOf({ address }))

describe('the key of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.2', '192.0.2.2'],
    [null, 'unknown'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('%j', (address, expected) => expect(key(address)).toBe(expected))
})

describe('withinRate', () => {
  const limiter = (limit: RateLimit['limit']): RateLimit => ({ limit })
  it.each([
    ['allowed', limiter(async () => ({ success: true })), true],
    ['exceeded', limiter(async () => ({ success: false })), false],
    // A limiter that fails must not stop the service.
    ['failing', limiter(() => Promise.reject(new Error('down'))), true],
    ['answering nothing', { limit: async () => undefined } as unknown as RateLimit, true],
  ])('%s', async (_, rate, within) => expect(await withinRate(rate, 'k')).toBe(within))

  it('counts each key separately', async () => {
    const asked: string[] = []
    const rate = limiter(async ({ key }) => ({ success: asked.push(key) > 0 }))
    await withinRate(rate, 'a')
    await withinRate(rate, 'b')
    expect(asked).toEqual(['a', 'b'])
  })
})
