import { describe, expect, it } from 'vitest'
import { readVerifiedClaims } from './verified-token.ts'

const now = 1_800_000_000
const thumbprint = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const expected = { issuer: 'https://as.example.com', audience: ['a', 'b'], clockSkew: 5 }
const valid = {
  iss: 'https://as.example.com',
  aud: 'a',
  exp: now + 300,
  iat: now,
  sub: 'partner',
  client_id: 'partner',
  jti: 'one',
  scope: 'read write',
  cnf: { 'x5t#S256': thumbprint },
}
type Change = Readonly<Record<string, unknown>>
const read = (change: Change) => readVerifiedClaims({ ...valid, ...change }, expected, now)
const outcome = (change: Change) => {
  const result = read(change)
  return result.ok ? 'accepted' : result.error
}
const claim = (name: string, problem: string) => ({ code: 'token_claim', claim: name, problem })

it('returns what the claims say', () => {
  expect(read({ custom: 1 })).toEqual({
    ok: true,
    value: {
      issuer: valid.iss,
      subject: 'partner',
      clientId: 'partner',
      audience: ['a'],
      scope: ['read', 'write'],
      issuedAt: now,
      expiresAt: now + 300,
      id: 'one',
      thumbprint,
      claims: { ...valid, custom: 1 },
    },
  })
})

it('returns null and no scope for an unbound token without them', () => {
  const result = read({ cnf: undefined, scope: undefined })
  expect(result.ok && [result.value.thumbprint, result.value.scope]).toEqual([null, []])
})

describe('claims', () => {
  const audience = claim('aud', 'not a text or a list of texts')
  const scope = claim('scope', 'not scope tokens separated by single spaces')
  const cases: [name: string, change: Change, outcome: object | 'accepted'][] = [
    ['as expected', {}, 'accepted'],
    [
      'of another issuer',
      { iss: 'https://as.example.com/' },
      { code: 'token_issuer', issuer: 'https://as.example.com/' },
    ],
    ['of no issuer', { iss: undefined }, { code: 'token_issuer', issuer: 'undefined' }],
    ['for several, one of them this one', { aud: ['x', 'b'] }, 'accepted'],
    ['for another', { aud: ['x', 'y'] }, { code: 'token_audience', audience: ['x', 'y'] }],
    [
      'for nine others',
      { aud: [...'123456789'] },
      { code: 'token_audience', audience: [...'12345678'] },
    ],
    ['without an audience', { aud: [] }, audience],
    ['without an audience', { aud: undefined }, audience],
    ['with an empty audience', { aud: '' }, audience],
    ['with an audience that is no text', { aud: ['a', 1] }, audience],
    ['with an expiry that is a text', { exp: String(now + 300) }, claim('exp', 'not a time')],
    ['with an expiry that is negative', { exp: -1 }, claim('exp', 'not a time')],
    [
      'with an expiry that is infinite',
      { exp: Number.POSITIVE_INFINITY },
      claim('exp', 'not a time'),
    ],
    ['without an expiry', { exp: undefined }, claim('exp', 'not a time')],
    ['without an issue time', { iat: undefined }, claim('iat', 'not a time')],
    ['issued at the epoch', { iat: 0 }, 'accepted'],
    ['with a wrong nbf', { nbf: 'now' }, claim('nbf', 'not a time')],
    ['in the last second with skew', { exp: now - 4 }, 'accepted'],
    ['expired', { exp: now - 5 }, { code: 'token_expired', expiresAt: now - 5, now }],
    ['issued in the future within the skew', { iat: now + 5 }, 'accepted'],
    [
      'issued in the future',
      { iat: now + 6 },
      { code: 'token_not_yet_valid', validFrom: now + 6, now },
    ],
    ['valid within the skew', { nbf: now + 5 }, 'accepted'],
    ['valid later', { nbf: now + 6 }, { code: 'token_not_yet_valid', validFrom: now + 6, now }],
    [
      'valid before they were issued',
      { iat: now + 6, nbf: now },
      { code: 'token_not_yet_valid', validFrom: now + 6, now },
    ],
    ['without a subject', { sub: undefined }, claim('sub', 'missing')],
    ['with an empty subject', { sub: '' }, claim('sub', 'missing')],
    ['without a client', { client_id: undefined }, claim('client_id', 'missing')],
    ['without an identifier', { jti: undefined }, claim('jti', 'missing')],
    ['with an empty scope', { scope: '' }, 'accepted'],
    ['with a scope of two spaces', { scope: 'read  write' }, scope],
    ['with a scope that is a list', { scope: ['read'] }, scope],
    [
      'with an unknown confirmation',
      { cnf: { jkt: 'x' } },
      { code: 'token_confirmation', members: ['jkt'] },
    ],
    [
      'with nine confirmations',
      { cnf: Object.fromEntries([...'abcdefghi'].map((name) => [name, 1])) },
      { code: 'token_confirmation', members: [...'abcdefgh'] },
    ],
    [
      'with a confirmation that is a text',
      { cnf: thumbprint },
      { code: 'token_confirmation', members: [] },
    ],
  ]
  it.each(cases)('%s', (_, change, expected) => {
    expect(outcome(change)).toEqual(expected)
  })

  it('appear in a refusal by their first 128 characters', () => {
    expect(outcome({ iss: 'x'.repeat(129) })).toEqual({
      code: 'token_issuer',
      issuer: 'x'.repeat(128),
    })
  })
})
