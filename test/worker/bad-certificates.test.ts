import { beforeAll, describe, expect, it } from 'vitest'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { utf8 } from '../../src/encoding/bytes.ts'
import { concat, tlv } from '../../src/encoding/der-writer.ts'
import { type Acme, acmeGrant as grant, startAcme } from '../support/worker/acme.ts'
import { mintAuthority } from '../support/worker/partners.ts'
import { evidenceIn, startOfTime as now, outcome } from '../support/worker/start-deployment.ts'

let worker: Acme['worker']
let authority: Acme['authority']
let good: Acme['good']
let ask: Acme['ask']

beforeAll(async () => {
  const acme = await startAcme()
  worker = acme.worker
  authority = acme.authority
  good = acme.good
  ask = acme.ask
})

it('accepts the base certificate, from which every other one differs in one thing', async () => {
  expect(outcome(await ask(good.leaf))).toBe('200 ok token_issued')
})

describe('octets that are not a certificate', () => {
  /** The outermost SEQUENCE with another tag and length. */
  const head = (...octets: number[]) => concat(Uint8Array.from(octets), good.leaf.subarray(4))
  const length = () => good.leaf.length - 4

  it.each<[name: string, octets: () => Bytes, problem: string]>([
    ['one octet', () => Uint8Array.of(0x30), 'not_der'],
    ['an empty SEQUENCE', () => Uint8Array.of(0x30, 0), 'not_a_certificate'],
    ['zeros', () => new Uint8Array(100), 'not_der'],
    ['text', () => utf8('-----BEGIN CERTIFICATE-----'), 'not_der'],
    ['the first half', () => good.leaf.slice(0, good.leaf.length / 2), 'not_der'],
    ['all but the last octet', () => good.leaf.slice(0, -1), 'not_der'],
    ['one octet more', () => concat(good.leaf, Uint8Array.of(0)), 'not_der'],
    ['two certificates', () => concat(good.leaf, good.leaf), 'not_der'],
    ['BER: an indefinite length', () => concat(head(0x30, 0x80), Uint8Array.of(0, 0)), 'not_der'],
    [
      'BER: a longer length than needed',
      () => head(0x30, 0x83, 0, length() >> 8, length() & 255),
      'not_der',
    ],
    ['a length of 4 GiB', () => head(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), 'not_der'],
    ['another tag', () => head(0x31, 0x82, length() >> 8, length() & 255), 'not_a_certificate'],
    ['5000 nested elements', () => nest(5000), 'not_der'],
    ['64 KiB and more', () => tlv(0x30, new Uint8Array(70_000)), 'not_der'],
    ['a megabyte', () => tlv(0x30, new Uint8Array(1_000_000)), 'not_der'],
  ])('%s', async (_, octets, problem) => {
    const answer = await ask(octets())
    expect(outcome(answer)).toBe('401 invalid_client certificate_unreadable')
    expect(evidenceIn(answer)).toEqual({ problem, thumbprint: expect.any(String) })
  })

  const nest = (depth: number): Bytes => {
    let der: Bytes = new Uint8Array()
    for (let i = 0; i < depth && der.length < 60_000; i++) der = tlv(0x30, der)
    return der
  }
})

describe('a chain', () => {
  const garbage = Uint8Array.of(0x30, 1)

  it.each<[name: string, chain: () => Bytes[], status: number]>([
    ['in order', () => [authority.intermediate.der], 200],
    ['with the root', () => [authority.intermediate.der, authority.root.der], 200],
    ['in reverse order', () => [authority.root.der, authority.intermediate.der], 200],
    ['with the leaf again', () => [good.leaf, authority.intermediate.der], 200],
    ['with garbage', () => [garbage, authority.intermediate.der], 200],
    ['of sixteen', () => [...Array(15).fill(garbage), authority.intermediate.der], 200],
    ['of garbage', () => [garbage], 401],
    ['of the root only', () => [authority.root.der], 401],
    ['without certificates', () => [], 401],
  ])('%s', async (_, chain, status) => {
    expect((await ask(good.leaf, chain())).status).toBe(status)
  })

  it('of seventeen', async () => {
    const answer = await ask(good.leaf, Array(17).fill(authority.intermediate.der))
    expect(outcome(answer)).toBe('401 invalid_client certificate_unreadable')
  })

  it('of issuer candidates that all have the same name is refused within the budget', async () => {
    const twins = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const { intermediate } = await mintAuthority('Acme CA', now)
        return intermediate.der
      }),
    )
    const answer = await ask(good.leaf, twins)
    expect(outcome(answer)).toBe('401 invalid_client certificate_path')
  })
})

describe('a field of the edge', () => {
  it.each<[field: string, value: unknown]>([
    ['certRFC9440', ''],
    ['certRFC9440', 'x'],
    ['certRFC9440', null],
    ['certRFC9440', 7],
    ['certRFC9440', ':(null):'],
    ['certPresented', 'yes'],
    ['certRevoked', ''],
    ['certRFC9440TooLarge', true],
    ['certChainRFC9440', ':x:'],
  ])('%s is %j', async (field, value) => {
    const tlsClientAuth = { certNotBefore: '', [field]: value }
    const answer = await worker.token(grant, { presented: good, tlsClientAuth })
    expect(outcome(answer)).toBe('401 invalid_client certificate_unreadable')
  })
})
