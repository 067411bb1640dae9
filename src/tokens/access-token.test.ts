import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { describe, expect, it } from 'vitest'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { type AccessTokenContent, accessTokenClaims, signAccessToken } from './access-token.ts'
import { certificateConfirmation } from './confirmation.ts'

const now = 1_800_000_000
// RFC 8705 appendix A.
const cnf = certificateConfirmation('A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0')
const content: AccessTokenContent = {
  issuer: 'https://as.example.com',
  clientId: 'partner',
  audience: ['https://api.example.com'],
  scope: ['read', 'write'],
  now,
  expiresAt: now + 300,
  confirmation: cnf,
  jti: 'one',
}
const claims = {
  iss: 'https://as.example.com',
  sub: 'partner',
  client_id: 'partner',
  aud: 'https://api.example.com',
  iat: now,
  exp: now + 300,
  jti: 'one',
  scope: 'read write',
  cnf,
}
const { scope: _, ...withoutScope } = claims
const { cnf: __, ...withoutCnf } = claims

describe('the claims of an access token', () => {
  const two = ['https://a.example', 'https://b.example'] as const
  const cases: [name: string, change: Partial<AccessTokenContent>, claims: object][] = [
    ['one audience', {}, claims],
    ['two audiences', { audience: [...two] }, { ...claims, aud: two }],
    ['no scope', { scope: [] }, withoutScope],
    ['no confirmation', { confirmation: null }, withoutCnf],
  ]
  it.each(cases)('%s', (_, change, expected) => {
    expect(accessTokenClaims({ ...content, ...change })).toEqual(expected)
  })
})

describe('the signature of an access token', () => {
  it.each(signingAlgs)('%s', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg)
    const token = await signAccessToken(claims, { kid: 'k', alg, key: privateKey })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg, use: 'sig' }
    const verified = await jwtVerify(token, createLocalJWKSet({ keys: [jwk] }), {
      algorithms: [alg],
      typ: 'at+jwt',
      issuer: content.issuer,
      audience: content.audience[0],
      currentDate: new Date(now * 1000),
    })
    expect(decodeProtectedHeader(token)).toEqual({ typ: 'at+jwt', alg, kid: 'k' })
    expect(verified.payload).toEqual(claims)
  })

  it('is of its own claims, however many are signed at once, short ones and long ones', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const signer = { kid: 'k', alg: 'ES256', key: privateKey } as const
    const ids = Array.from({ length: 60 }, (_, i) => 'xé'.repeat(i * i).concat(String(i)))
    const tokens = await Promise.all(
      ids.map((jti) => signAccessToken(accessTokenClaims({ ...content, jti }), signer)),
    )
    const verify = (token: string) =>
      jwtVerify(token, publicKey, { currentDate: new Date(now * 1000) })
    const verified = await Promise.all(tokens.map(verify))
    expect(verified.map(({ payload }) => payload.jti)).toEqual(ids)
  })
})
