import { describe, expect, it } from 'vitest'
import { dnsName, mintChains } from './chains.ts'
import { validators } from './validators.ts'

const time = Math.floor(Date.now() / 1000)

describe.each(Object.entries(validators))('%s', (_, { parse, verify }) => {
  it.each(['ES256', 'RS256'] as const)('accepts a chain of %s', async (alg) => {
    for (const chain of await mintChains(alg, 1, time)) {
      expect(parse(chain.leaf)).toBe(dnsName)
      expect(await verify(chain)).toBe(true)
    }
  })

  it('refuses a leaf that another key signed', async () => {
    for (const chain of await mintChains('ES256', 1, time, true)) {
      expect(await verify(chain)).toBe(false)
    }
  })
})
