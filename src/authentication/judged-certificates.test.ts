import { describe, expect, it } from 'vitest'
import type { Client } from '../clients/client.ts'
import { judgedCertificates } from './judged-certificates.ts'

const client = { client_id: 'acme', trustAnchors: null } as Client
const certificate = { thumbprint: 'x', notAfter: 100 }
const conveyed = { leaf: ':AQ==:', chain: ':Ag==:' }

describe('a remembered verdict', () => {
  const remembered = () => {
    const judged = judgedCertificates(1000)
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
    const judged = judgedCertificates(100)
    for (let i = 0; i < 5; i++) {
      judged.remember(client, { leaf: `${i}`.repeat(20), chain: 'c'.repeat(20) }, certificate)
    }
    const held = [0, 1, 2, 3, 4].filter(
      (i) => judged.recall(client, { leaf: `${i}`.repeat(20), chain: 'c'.repeat(20) }, 1) !== null,
    )
    expect(held).toEqual([3, 4])
  })

  it('is not kept under a key that would collide', () => {
    const judged = judgedCertificates(1_000_000)
    const words = (length: number) => ({ leaf: 'x'.repeat(length), chain: '' })
    const longest = 16_383 - 'acme\n'.length
    judged.remember(client, words(longest), certificate)
    judged.remember(client, words(longest + 1), certificate)
    expect(judged.recall(client, words(longest), 1)).toBe(certificate)
    expect(judged.recall(client, words(longest + 1), 1)).toBeNull()
  })
})
