import { describe, expect, it } from 'vitest'
import { type ProxyProof, proxyAuthentication } from './proxy-authentication.ts'

const secret = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'
const older = 'fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13'
const sha256 = '0380392f626654c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'
const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const now = Date.parse('2026-06-01') / 1000

const shown = {
  certPresented: '1',
  certRevoked: '0',
  certFingerprintSHA256: sha256,
  certNotBefore: 'Jan  1 00:00:00 2026 GMT',
  certNotAfter: 'Jan  1 00:00:00 2027 GMT',
}

type Wish = {
  readonly hop?: Partial<ProxyProof>
  readonly headers?: [string, string][]
  readonly tlsClientAuth?: Readonly<Record<string, unknown>>
  readonly at?: number
}

async function outcome({ hop = {}, headers = [], tlsClientAuth = {}, at = now }: Wish) {
  const cf = { tlsClientAuth: JSON.parse(JSON.stringify({ ...shown, ...tlsClientAuth })) }
  const request = new Request('https://x/', { headers, cf })
  const proven = await proxyAuthentication({ credential: null, certificate: null, ...hop })(
    request,
    at,
  )
  return proven.ok ? 'proven' : proven.error.why
}

const credential = { header: 'X-Proof', values: [secret] }
const rotating = { credential: { header: 'X-Proof', values: [secret, older] } }
const certificate = { by: 'thumbprint', thumbprints: ['x'.repeat(43), thumbprint] } as const
const proof = (...values: string[]) => values.map((one): [string, string] => ['x-proof', one])

describe('a hop with a credential', () => {
  it.each<[name: string, wish: Wish, outcome: string]>([
    ['that sends it', { headers: proof(secret) }, 'proven'],
    ['that sends none', {}, 'credential_missing'],
    ['that sends nothing', { headers: proof('') }, 'credential_missing'],
    ['that sends another', { headers: proof(older) }, 'credential_wrong'],
    ['that sends a part', { headers: proof(secret.slice(0, -1)) }, 'credential_wrong'],
    ['that sends more', { headers: proof(`${secret}0`) }, 'credential_wrong'],
    ['in capitals', { headers: proof(secret.toUpperCase()) }, 'credential_wrong'],
    ['that sends far too much', { headers: proof('x'.repeat(60_000)) }, 'credential_wrong'],
    ['that sends it twice', { headers: proof(secret, secret) }, 'credential_repeated'],
    ['after a forged one', { headers: proof('x', secret) }, 'credential_repeated'],
    ['with an underscore', { headers: [['x_proof', secret]] }, 'credential_missing'],
    ['changing: the new one', { hop: rotating, headers: proof(secret) }, 'proven'],
    ['changing: the old one', { hop: rotating, headers: proof(older) }, 'proven'],
    ['changing: neither', { hop: rotating, headers: proof('x') }, 'credential_wrong'],
  ])('%s', async (_, wish, expected) => {
    expect(await outcome({ ...wish, hop: { credential, ...wish.hop } })).toBe(expected)
  })
})

describe('a hop with a certificate of its own', () => {
  it.each<[name: string, wish: Wish, outcome: string]>([
    ['that shows it', {}, 'proven'],
    ['in capitals', { tlsClientAuth: { certFingerprintSHA256: sha256.toUpperCase() } }, 'proven'],
    ['that shows none', { tlsClientAuth: { certPresented: '0' } }, 'certificate_missing'],
    [
      'that shows another',
      { tlsClientAuth: { certFingerprintSHA256: 'ab'.repeat(32) } },
      'certificate_wrong',
    ],
    [
      'whose fingerprint is not told',
      { tlsClientAuth: { certFingerprintSHA256: '' } },
      'certificate_wrong',
    ],
    ['that is revoked', { tlsClientAuth: { certRevoked: '1' } }, 'certificate_refused'],
    ['in its first second', { at: Date.parse('2026-01-01') / 1000 }, 'proven'],
    ['before that', { at: Date.parse('2026-01-01') / 1000 - 1 }, 'certificate_not_valid_now'],
    ['in its last second', { at: Date.parse('2027-01-01') / 1000 }, 'proven'],
    ['after that', { at: Date.parse('2027-01-01') / 1000 + 1 }, 'certificate_not_valid_now'],
    ['without dates', { tlsClientAuth: { certNotAfter: '' } }, 'certificate_not_valid_now'],
  ])('%s', async (_, wish, expected) => {
    expect(await outcome({ ...wish, hop: { certificate } })).toBe(expected)
  })

  it('shows nothing where there is no cf', async () => {
    const proven = await proxyAuthentication({ credential: null, certificate })(
      new Request('https://x/'),
      now,
    )
    expect(proven).toMatchObject({ ok: false, error: { why: 'certificate_missing' } })
  })
})

describe('a hop with both', () => {
  const hop = { credential, certificate }
  it.each<[wish: Wish, outcome: string]>([
    [{ headers: proof(secret) }, 'proven'],
    [{}, 'credential_missing'],
    [{ headers: proof(secret), tlsClientAuth: { certPresented: '0' } }, 'certificate_missing'],
  ])('%j', async (wish, expected) => expect(await outcome({ ...wish, hop })).toBe(expected))
})

it('cannot be made of nothing', () => {
  expect(() => proxyAuthentication({ credential: null, certificate: null })).toThrow(TypeError)
})
