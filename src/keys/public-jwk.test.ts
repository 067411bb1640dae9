import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { keyId, publicJwkText, publicMembers, readPublicJwk } from './public-jwk.ts'

describe.each(signingAlgs)('a public key of %s', async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const exported = await exportJWK(privateKey)
  const jwk = publicMembers(alg, { ...exported })
  if (jwk === null) throw new Error('no public key')
  const text = publicJwkText(jwk)

  it('does not contain the private key', () => {
    expect(exported).toHaveProperty('d')
    expect(Object.keys(jwk).join()).toMatch(/^(crv,kty,x,y|crv,kty,x|e,kty,n)$/)
  })
  it('is named by its RFC 7638 thumbprint', async () => {
    expect(await keyId(jwk)).toBe(await calculateJwkThumbprint(exported))
  })

  const cases: [name: string, text: string, read: unknown][] = [
    ['its text', text, jwk],
    ['a private key', JSON.stringify({ ...exported }), null],
    ['another member', JSON.stringify({ ...jwk, use: 'sig' }), null],
    ['another order', JSON.stringify(Object.fromEntries(Object.entries(jwk).reverse())), null],
    ['a space', `${text} `, null],
    ['another type', text.replace(/"kty":"\w+"/, '"kty":"oct"'), null],
    ['a text', '"x"', null],
    ['invalid JSON', '{', null],
  ]
  it.each(cases)('is read from %s', (_, from, read) => {
    expect(readPublicJwk(alg, from)).toEqual(read)
  })
})

describe('RFC 7638 section 3.1', () => {
  it('gives the thumbprint of the example', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const kid = await keyId({ e: 'AQAB', kty: 'RSA', n })
    expect(kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })
})
