import { describe, expect, it } from 'vitest'
import { good, options, other, outcome, own } from '../../test/support/worker/bound-api.ts'
import { edgeCf, type Presented } from '../../test/support/worker/edge-cf.ts'
import { audience, issuerWeb, keySetUrl } from '../../test/support/worker/test-issuer.ts'
import { thumbprint } from '../x509/index.ts'
import type { VerifierOptions } from './options.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

describe('the certificate of the connection', () => {
  it('the one that the token is bound to', async () => {
    expect(await outcome({})).toBe('ok')
  })
  it('another one', async () => {
    expect(await outcome({ presented: other })).toBe('401 invalid_token binding_mismatch')
  })
  it('none', async () => {
    expect(await outcome({ presented: null })).toBe('401 invalid_token binding_certificate_missing')
  })
  it('repeated, from the cache', async () => {
    const verify = createVerifier(options())
    const ask = async (presented: Presented) =>
      verify(
        new Request(audience, {
          headers: { authorization: `Bearer ${await good()}` },
          cf: await edgeCf(presented),
        }),
      )
    const turns = [own, other, own, other]
    const outcomes = []
    for (const presented of turns) outcomes.push((await ask(presented)).ok)
    expect(outcomes).toEqual([true, false, true, false])
  })
  it('too large for the edge: by its fingerprint', async () => {
    const large = { leaf: new Uint8Array(9_000).fill(1), chain: [] }
    const token = await good({ cnf: { 'x5t#S256': await thumbprint(large.leaf) } })
    expect(await outcome({ token, presented: large })).toBe('ok')
    expect(await outcome({ presented: large })).toBe('401 invalid_token binding_mismatch')
  })
})

describe('the scope of a token', () => {
  it.each([
    ['orders:read', 'ok'],
    ['orders:write orders:read', 'ok'],
    ['orders', '403 insufficient_scope scope_insufficient'],
    ['orders:read admin', '403 insufficient_scope scope_insufficient'],
  ])('%s', async (scope, expected) => {
    expect(await outcome({}, { scope })).toBe(expected)
  })

  it('is named in the challenge (RFC 6750 section 3.1)', async () => {
    const verified = await createVerifier(options({ scope: 'a admin' }))(
      new Request(audience, {
        headers: { authorization: `Bearer ${await good()}` },
        cf: await edgeCf(own),
      }),
    )
    if (verified.ok) throw new Error('accepted')
    expect(refusalResponse(verified.error).headers.get('www-authenticate')).toContain(
      'scope="a admin"',
    )
  })
})

describe('a revocation check that', () => {
  it.each<[string, VerifierOptions['revocation'], string]>([
    ['finds no revocation', async () => true, 'ok'],
    ['finds a revocation', async () => false, '401 invalid_token token_revoked'],
    [
      'fails',
      () => Promise.reject(new Error('down')),
      '503 temporarily_unavailable revocation_unavailable',
    ],
  ])('%s', async (_, revocation, expected) => {
    expect(await outcome({}, revocation === undefined ? {} : { revocation })).toBe(expected)
  })
})

describe("the issuer's keys at first start", () => {
  it('are unavailable: 503 with Retry-After', async () => {
    const down = issuerWeb([])
    down.pages.set(keySetUrl, () => new Response(null, { status: 500 }))
    expect(await outcome({}, { fetch: down.fetch })).toBe(
      '503 temporarily_unavailable keys_unavailable',
    )
    const response = refusalResponse({ code: 'keys_unavailable', problem: '' })
    expect(response.headers.get('retry-after')).toBe('5')
  })
})
