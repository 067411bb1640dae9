import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { compactSigner } from './compact-jws.ts'
import { tokenHeaderReader, verifiableAlgs } from './token-header.ts'
import { verifyAccessToken } from './verify-access-token.ts'

let pair: Awaited<ReturnType<typeof generateKeyPair>>

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
})

describe('a signed token', () => {
  const claims = {
    iss: 'https://as.example.com',
    sub: 'a',
    client_id: 'a',
    aud: 'x',
    iat: 1,
    exp: 300,
    jti: 'j',
  }
  const expected = { issuer: 'https://as.example.com', audience: ['x'], clockSkew: 0 }
  const read = tokenHeaderReader(new Set(verifiableAlgs))

  const verify = async (text: string) => {
    const token = read(text)
    if (!token.ok) throw new Error(token.error.code)
    return verifyAccessToken(token.value, pair.publicKey, expected, 2)
  }
  const sign = (content: object) =>
    compactSigner('at+jwt')(content, { kid: 'ec', alg: 'ES256', key: pair.privateKey })

  it('is verified', async () => {
    expect(await verify(await sign(claims))).toMatchObject({ ok: true, value: { id: 'j' } })
  })

  it('is the same as that of jose, apart from the signature', async () => {
    const ours = (await sign(claims)).split('.').slice(0, 2)
    const theirs = await new SignJWT(claims)
      .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid: 'ec' })
      .sign(pair.privateKey)
    expect(ours).toEqual(theirs.split('.').slice(0, 2))
  })

  it('is refused with another signature', async () => {
    const [header = '', payload = ''] = (await sign(claims)).split('.')
    const other = (await sign({ ...claims, jti: 'k' })).split('.')[2]
    expect(await verify(`${header}.${payload}.${other}`)).toEqual({
      ok: false,
      error: { code: 'token_signature', kid: 'ec' },
    })
  })

  it('is refused with claims that are no object', async () => {
    expect(await verify(await sign([1]))).toEqual({
      ok: false,
      error: { code: 'token_malformed', problem: 'the claims are no object' },
    })
  })
})
