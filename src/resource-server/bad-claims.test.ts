import { describe, expect, it } from 'vitest'
import { bound, good, other, outcome } from '../../test/support/worker/bound-api.ts'
import { audience, now } from '../../test/support/worker/test-issuer.ts'

describe('the claims of a token', () => {
  const cases: [name: string, claims: object, expected: string][] = [
    ['good ones', {}, 'ok'],
    ['another issuer', { iss: 'https://as.example.com' }, 'token_issuer'],
    ['no issuer', { iss: undefined }, 'token_issuer'],
    ['another audience', { aud: `${audience}/` }, 'token_audience'],
    ['this API among other audiences', { aud: ['https://x.example', audience] }, 'ok'],
    ['this API among numbers', { aud: [1, audience] }, 'token_claim'],
    ['no audience', { aud: undefined }, 'token_claim'],
    ['the last second', { exp: now + 1 }, 'ok'],
    ['within the skew of 5 s', { exp: now - 4 }, 'ok'],
    ['expired', { exp: now - 5 }, 'token_expired'],
    ['no expiry', { exp: undefined }, 'token_claim'],
    ['an expiry as text', { exp: String(now + 300) }, 'token_claim'],
    ['issued within the skew', { iat: now + 5 }, 'ok'],
    ['issued in the future', { iat: now + 6 }, 'token_not_yet_valid'],
    ['no time of issue', { iat: undefined }, 'token_claim'],
    ['valid from now', { nbf: now }, 'ok'],
    ['valid later', { nbf: now + 6 }, 'token_not_yet_valid'],
    ['no subject', { sub: undefined }, 'token_claim'],
    ['no client', { client_id: undefined }, 'token_claim'],
    ['no id', { jti: undefined }, 'token_claim'],
    ['no scope', { scope: undefined }, 'ok'],
    ['a list of scopes', { scope: ['a'] }, 'token_claim'],
    ['unbound', { cnf: undefined }, 'token_unbound'],
  ]
  it.each(cases)('%s', async (_, claims, code) => {
    expect(await outcome({ token: await good(claims) })).toBe(
      code === 'ok' ? 'ok' : `401 invalid_token ${code}`,
    )
  })

  it('unbound, at an API that accepts such tokens', async () => {
    const token = await good({ cnf: undefined })
    const lenient = { requireBound: false }
    expect(await outcome({ token, presented: null }, lenient)).toBe('ok')
    expect(await outcome({ presented: other }, lenient)).toBe('401 invalid_token binding_mismatch')
  })
})

describe('the confirmation of a token', () => {
  const cases: [name: string, cnf: () => unknown, expected: string][] = [
    ['the certificate', () => ({ 'x5t#S256': bound }), 'ok'],
    ['two members', () => ({ 'x5t#S256': bound, jkt: bound }), 'token_confirmation'],
    ['an unknown member', () => ({ jkt: bound }), 'token_confirmation'],
    ['no member', () => ({}), 'token_confirmation'],
    ['null', () => null, 'token_confirmation'],
    ['a list', () => [bound], 'token_confirmation'],
    ['padding', () => ({ 'x5t#S256': `${bound}=` }), 'token_confirmation'],
    ['a SHA-1 thumbprint', () => ({ 'x5t#S256': bound.slice(0, 27) }), 'token_confirmation'],
    ['stray bits', () => ({ 'x5t#S256': `${'A'.repeat(42)}B` }), 'token_confirmation'],
  ]
  it.each(cases)('%s', async (_, cnf, code) => {
    expect(await outcome({ token: await good({ cnf: cnf() }) })).toBe(
      code === 'ok' ? 'ok' : `401 invalid_token ${code}`,
    )
  })
})
