import { describe, expect, it } from 'vitest'
import type { Client } from '../clients/client.ts'
import { verificationCache } from './verification-cache.ts'

const client = { client_id: 'acme', trustAnchors: null } as Client
const certificate = { thumbprint: 'x', notAfter: 100 }
const conveyed = { leaf: ':AQ==:', chain: ':Ag==:' }

describe('a remembered verdict', () => {
  const remembered = () => {
    const judged = verificationCache(1000)
    judged.remember(client, conveyed, certificate)
    return judged
  }
  it.each([
    ['the same words of the same client', client, conveyed, 99, certificate],
    ['its last second', client, conveyed, 100, null],
    ['another object for the client', { ...client }, conveyed, 99, null],
    ['another leaf', client, { ...conveyed, leaf: ':Aw==:' }, 99, null],
    ['another chain', client, { ...conveyed, chain: '' }, 99, null],
    ['another client', { ...client, client_id: 'b' }, conveyed, 99, null],
  ] as const)('%s', (_, who, words, now, recalled) => {
    expect(remembered().recall(who, words, now)).toBe(recalled)
  })

  it('counts what it holds by its size', () => {
    const judged = verificationCache(150)
    const words = (i: number) => ({ leaf: `${i}`.repeat(20), chain: 'c'.repeat(20) })
    for (let i = 0; i < 5; i++) judged.remember(client, words(i), certificate)
    const held = [0, 1, 2, 3, 4].filter((i) => judged.recall(client, words(i), 1) !== null)
    expect(held).toEqual([3, 4])
  })

  it('is not kept where it alone is larger than the memory', () => {
    const judged = verificationCache(1000)
    judged.remember(client, conveyed, certificate)
    judged.remember(client, { leaf: 'x'.repeat(300), chain: 'c'.repeat(1000) }, certificate)
    expect(judged.recall(client, { leaf: 'x'.repeat(300), chain: 'c'.repeat(1000) }, 1)).toBeNull()
  })

  const long = (middle: string) => ({
    leaf: `${'h'.repeat(20_000)}${middle}${'t'.repeat(20_000)}`,
    chain: '',
  })

  it('is kept of words of any length, as a source has them that conveys all in one', () => {
    const judged = verificationCache(1_000_000)
    judged.remember(client, long('a'), certificate)
    expect(judged.recall(client, long('a'), 1)).toBe(certificate)
  })

  it('is of the whole words, not of the part that they are found by', () => {
    const judged = verificationCache(1_000_000)
    judged.remember(client, long('a'), certificate)
    expect(judged.recall(client, long('b'), 1)).toBeNull()
    const other = { ...certificate, thumbprint: 'y' }
    judged.remember(client, long('b'), other)
    expect(judged.recall(client, long('b'), 1)).toBe(other)
    expect(judged.recall(client, long('a'), 1)).toBeNull()
  })
})
