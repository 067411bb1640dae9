import { expect, it } from 'vitest'
import { verificationCache } from '../../src/authentication/verification-cache.ts'
import type { Client } from '../../src/clients/client.ts'

const client = { client_id: 'acme', trustAnchors: null } as Client
const proof = {
  method: 'tls_client_auth',
  validUntil: 100,
  certificate: { thumbprint: 'x' },
} as const
const count = 6000
const length = 17_000

/** A raw leaf with its chain, as Envoy writes them, each with another serial number. */
const rawLeaf = (i: number, longer: number) => ({
  leaf: `Cert="-----BEGIN%20CERTIFICATE-----${i.toString(36).padStart(40, 'A')}`.padEnd(
    length + longer,
    'B',
  ),
  chain: '',
})

/** How long it takes to set and get them all, in milliseconds. */
function cost(raw: readonly ReturnType<typeof rawLeaf>[]): number {
  const verified = verificationCache(Number.MAX_SAFE_INTEGER)
  const began = performance.now()
  for (const each of raw) verified.set(client, each, proof)
  const found = raw.filter((each) => verified.get(client, each, 1) === proof)
  const took = performance.now() - began
  expect(found).toHaveLength(count)
  return took
}

// As keys of a Map, 6 000 strings of one length above 16 383 characters take seconds.
it('caches certificates of one length as fast as of many lengths', () => {
  const indices = Array.from({ length: count }, (_, i) => i)
  cost(indices.map((i) => rawLeaf(i, i % 100)))
  const different = cost(indices.map((i) => rawLeaf(i, i)))
  const equal = cost(indices.map((i) => rawLeaf(i, 0)))
  expect(equal).toBeLessThan(3 * different + 100)
})
