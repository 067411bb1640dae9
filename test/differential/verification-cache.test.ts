import { expect, it } from 'vitest'
import { verificationCache } from '../../src/authentication/verification-cache.ts'
import type { Client } from '../../src/clients/client.ts'

const client = { client_id: 'acme', trustAnchors: null } as Client
const certificate = { thumbprint: 'x', notAfter: 100 }
const count = 6000
const length = 17_000

/** Words of a leaf with its chain, as Envoy conveys them, with another serial number in each. */
const words = (i: number, longer: number) => ({
  leaf: `Cert="-----BEGIN%20CERTIFICATE-----${i.toString(36).padStart(40, 'A')}`.padEnd(
    length + longer,
    'B',
  ),
  chain: '',
})

/** How long it takes to remember and recall them all, in milliseconds. */
function cost(conveyed: readonly ReturnType<typeof words>[]): number {
  const judged = verificationCache(Number.MAX_SAFE_INTEGER)
  const began = performance.now()
  for (const each of conveyed) judged.remember(client, each, certificate)
  const recalled = conveyed.filter((each) => judged.recall(client, each, 1) === certificate)
  const took = performance.now() - began
  expect(recalled).toHaveLength(count)
  return took
}

// As keys of a Map, 6 000 strings of one length above 16 383 characters take seconds.
it('remembers certificates of one length as fast as of many lengths', () => {
  const indices = Array.from({ length: count }, (_, i) => i)
  cost(indices.map((i) => words(i, i % 100)))
  const different = cost(indices.map((i) => words(i, i)))
  const equal = cost(indices.map((i) => words(i, 0)))
  expect(equal).toBeLessThan(3 * different + 100)
})
