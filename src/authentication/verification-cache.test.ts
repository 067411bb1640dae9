import { describe, expect, it } from 'vitest'
import type { Client } from '../clients/client.ts'
import { verificationCache } from './verification-cache.ts'

const client = { client_id: 'acme', trustAnchors: null } as Client
const proofOf = (thumbprint: string) =>
  ({ method: 'tls_client_auth', validUntil: 100, certificate: { thumbprint } }) as const
const proof = proofOf('x')
const raw = { leaf: ':AQ==:', chain: ':Ag==:' }

describe('a cached proof', () => {
  const cacheWithProof = () => {
    const cache = verificationCache(1000)
    cache.set(client, raw, proof)
    return cache
  }
  it.each([
    ['the same raw certificates of the same client', client, raw, 99, proof],
    ['its last second', client, raw, 100, null],
    ['another object for the client', { ...client }, raw, 99, null],
    ['another leaf', client, { ...raw, leaf: ':Aw==:' }, 99, null],
    ['another chain', client, { ...raw, chain: '' }, 99, null],
    ['another client', { ...client, client_id: 'b' }, raw, 99, null],
  ] as const)('%s', (_, owner, certificates, now, found) => {
    expect(cacheWithProof().get(owner, certificates, now)).toBe(found)
  })

  it('takes space by its size', () => {
    // Each takes 6 characters of client_id and line break, 20 and 20 of the leaf, 20 of the chain.
    const held = (capacity: number) => {
      const cache = verificationCache(capacity)
      const rawOf = (i: number) => ({ leaf: `${i}`.repeat(20), chain: 'c'.repeat(20) })
      for (let i = 0; i < 5; i++) cache.set(client, rawOf(i), proof)
      return [0, 1, 2, 3, 4].filter((i) => cache.get(client, rawOf(i), 1) !== null)
    }
    const size = 'acme\n'.length + 20 + 20 + 20
    expect(held(2 * size - 1)).toEqual([4])
    expect(held(2 * size)).toEqual([3, 4])
  })

  it('is not kept if it is larger than the cache', () => {
    const cache = cacheWithProof()
    const large = { leaf: 'x'.repeat(300), chain: 'c'.repeat(1000) }
    cache.set(client, large, proof)
    expect(cache.get(client, large, 1)).toBeNull()
  })

  const long = (middle: string) => ({
    leaf: `${'h'.repeat(20_000)}${middle}${'t'.repeat(20_000)}`,
    chain: '',
  })

  it('is kept for a raw leaf of any length', () => {
    const cache = verificationCache(1_000_000)
    cache.set(client, long('a'), proof)
    expect(cache.get(client, long('a'), 1)).toBe(proof)
  })

  it('is compared by the whole raw leaf, not only by the part in the key', () => {
    const cache = verificationCache(1_000_000)
    cache.set(client, long('a'), proof)
    expect(cache.get(client, long('b'), 1)).toBeNull()
    const other = proofOf('y')
    cache.set(client, long('b'), other)
    expect(cache.get(client, long('b'), 1)).toBe(other)
    expect(cache.get(client, long('a'), 1)).toBeNull()
  })

  it('has a key by the first 512 and the last 256 characters of a long leaf', () => {
    const cache = verificationCache(1_000_000)
    const leafOf = (at: number) => {
      const characters = Array.from({ length: 1000 }, () => 'a')
      characters[at] = 'b'
      return { leaf: characters.join(''), chain: '' }
    }
    const places = [0, 511, 744, 999] // inside of head and tail: each is kept beside the others
    for (const at of places) cache.set(client, leafOf(at), proof)
    expect(places.filter((at) => cache.get(client, leafOf(at), 1) !== null)).toEqual(places)
    for (const at of [512, 743]) cache.set(client, leafOf(at), proof) // one key for both
    expect([512, 743].filter((at) => cache.get(client, leafOf(at), 1) !== null)).toEqual([743])
  })

  it('has a key by the whole of a leaf of 768 characters', () => {
    const cache = verificationCache(1_000_000)
    const leaves = ['b', 'c'].map((one) => ({
      leaf: `${'a'.repeat(600)}${one}`.padEnd(768, 'a'),
      chain: '',
    }))
    for (const each of leaves) cache.set(client, each, proof)
    expect(leaves.filter((each) => cache.get(client, each, 1) !== null)).toEqual(leaves)
  })
})
