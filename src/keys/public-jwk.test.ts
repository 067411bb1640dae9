import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { publicMembers, readPublicJwk } from './public-jwk.ts'

describe.each(signingAlgs)('a public key of %s', async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const exported = await exportJWK(privateKey)
  const jwk = publicMembers(alg, exported)
  const text = JSON.stringify(jwk)

  it('does not contain the private key', () => {
    expect(exported).toHaveProperty('d')
    expect(Object.keys(jwk).join()).toMatch(/^(crv,kty,x,y|crv,kty,x|e,kty,n)$/)
  })
  it('is stored as the hash input of its RFC 7638 thumbprint', async () => {
    expect(await sha256Base64url(utf8(text))).toBe(await calculateJwkThumbprint(exported))
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
