import { base64url, exportSPKI, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type Ask, bound, good, key, outcome } from '../../test/support/worker/bound-api.ts'
import {
  audience,
  forgedToken,
  goodClaims,
  issuerKey,
  issuerWeb,
  keySetUrl,
  signToken,
} from '../../test/support/worker/test-issuer.ts'
import { utf8 } from '../encoding/bytes.ts'

const form = 'application/x-www-form-urlencoded'
const octets = (text: string, last: number): Uint8Array => new Uint8Array([...utf8(text), last])

describe('the credentials of a request', () => {
  const cases: [name: string, ask: () => Ask | Promise<Ask>, expected: string][] = [
    ['a good token and its certificate', () => ({}), 'ok'],
    [
      'the scheme in lower case',
      async () => ({
        ...{ token: null, headers: { authorization: `bearer ${await good()}` } },
      }),
      'ok',
    ],
    ['no credentials', () => ({ token: null }), '401 no error code token_missing'],
    [
      'another scheme',
      () => ({ token: null, headers: { authorization: 'Basic YTpi' } }),
      '401 no error code token_missing',
    ],
    [
      'DPoP',
      async () => ({ token: null, headers: { authorization: `DPoP ${await good()}` } }),
      '401 no error code token_missing',
    ],
    [
      'only a scheme',
      () => ({ token: null, headers: { authorization: 'Bearer' } }),
      '400 invalid_request authorization_malformed',
    ],
    [
      'two tokens',
      async () => ({ token: `${await good()}, Bearer ${await good()}` }),
      '400 invalid_request authorization_malformed',
    ],
    [
      'a token in the query',
      async () => ({ token: null, url: `${audience}/?access_token=${await good()}` }),
      '400 invalid_request token_in_query',
    ],
    [
      'a token in query and header',
      async () => ({ url: `${audience}/?a=1&access_token=${await good()}` }),
      '400 invalid_request token_in_query',
    ],
    [
      'an escaped name in the query',
      () => ({ token: null, url: `${audience}/?access%5Ftoken=x` }),
      '400 invalid_request token_in_query',
    ],
    ['another query', () => ({ url: `${audience}/?token=1&access_token_hint=2` }), 'ok'],
    [
      'a token in a form',
      async () => ({
        ...{ token: null, method: 'POST', body: `access_token=${await good()}` },
        headers: { 'content-type': form },
      }),
      '400 invalid_request token_in_body',
    ],
    [
      'a token in form and header',
      () => ({
        ...{ method: 'POST', body: 'a=1&access_token=x' },
        headers: { 'content-type': `${form}; charset=UTF-8` },
      }),
      '400 invalid_request token_in_body',
    ],
    [
      'a token in a form that is no UTF-8',
      () => ({
        ...{ method: 'POST', body: octets('access_token=x&a=', 0xff) },
        headers: { 'content-type': form },
      }),
      '400 invalid_request token_in_body',
    ],
    [
      'another form that is no UTF-8',
      () => ({
        ...{ method: 'POST', body: octets('a=', 0xff), headers: { 'content-type': form } },
      }),
      'ok',
    ],
    [
      'another form',
      () => ({ method: 'POST', body: 'a=1', headers: { 'content-type': form } }),
      'ok',
    ],
    [
      'a text that looks like a form',
      () => ({
        ...{ method: 'POST', body: 'access_token=x', headers: { 'content-type': 'text/plain' } },
      }),
      'ok',
    ],
    [
      'early data that changes something',
      () => ({ method: 'POST', headers: { 'early-data': '1' } }),
      '425 too_early too_early',
    ],
    ['early data that reads', () => ({ headers: { 'early-data': '1' } }), 'ok'],
    [
      'a token of 1 MB',
      () => ({ token: 'a'.repeat(1 << 20) }),
      '401 invalid_token token_too_large',
    ],
    [
      'a good token of 16 KiB',
      async () => ({ token: await good({ pad: 'a'.repeat(11_000) }) }),
      'ok',
    ],
    [
      'a token of somewhat more',
      async () => ({ token: await good({ pad: 'a'.repeat(13_000) }) }),
      '401 invalid_token token_too_large',
    ],
    ['an opaque token', () => ({ token: 'abc' }), '401 invalid_token token_malformed'],
    ['an encrypted one', () => ({ token: 'a.b.c.d.e' }), '401 invalid_token token_malformed'],
    [
      'a header that is a list',
      () => ({ token: 'W10.e30.AA' }),
      '401 invalid_token token_malformed',
    ],
  ]
  it.each(cases)('%s', async (_, ask, expected) => {
    expect(await outcome(await ask())).toBe(expected)
  })
})

describe('the header of a token', () => {
  const cases: [name: string, header: object, expected: string][] = [
    ['of RFC 9068', {}, 'ok'],
    ['the whole media type', { typ: 'application/at+jwt' }, 'ok'],
    ['in capitals', { typ: 'AT+JWT' }, 'ok'],
    ['an ID token', { typ: 'JWT' }, 'token_type'],
    ['no type', { typ: undefined }, 'token_type'],
    ['no kid', { kid: undefined }, 'token_key_id'],
    ['a kid that is a URL', { kid: 'https://evil.example/k1' }, 'token_key_id'],
    ['a kid that is a path', { kid: '../k1' }, 'token_key_id'],
    ['an unknown kid', { kid: 'k2' }, 'token_key_unknown'],
    ['the name of a member that every object has', { kid: 'constructor' }, 'token_key_unknown'],
    ['a thumbprint of the signing certificate', { 'x5t#S256': 'AA' }, 'ok'],
    ['jku', { jku: keySetUrl }, 'token_header_member'],
    ['x5u', { x5u: 'https://evil.example/x5u' }, 'token_header_member'],
    ['x5c', { x5c: ['AA=='] }, 'token_header_member'],
    ['jwk', { jwk: {} }, 'token_header_member'],
    ['crit', { crit: ['exp'], exp: 1 }, 'token_header_member'],
    ['anything else', { 'urn:x': 1 }, 'token_header_member'],
  ]
  it.each(cases)('%s', async (_, header, code) => {
    expect(await outcome({ token: await good({}, header) })).toBe(
      code === 'ok' ? 'ok' : `401 invalid_token ${code}`,
    )
  })
})

describe('the signature of a token', () => {
  const typ = 'at+jwt'
  const forged = async (header: object, signature = '') =>
    forgedToken({ typ, kid: 'k1', ...header }, goodClaims(bound), signature)

  it('alg none', async () => {
    expect(await outcome({ token: await forged({ alg: 'none' }, 'AA') })).toBe(
      '401 invalid_token token_algorithm',
    )
    expect(await outcome({ token: await forged({ alg: 'none' }) })).toBe(
      '401 invalid_token token_malformed',
    )
  })

  it('HS256 with the public key as the secret', async () => {
    const publicKey = await importJWK(key.jwk, 'ES256', { extractable: true })
    if (publicKey instanceof Uint8Array) throw new Error('no public key')
    const secrets = [utf8(await exportSPKI(publicKey)), utf8(JSON.stringify(key.jwk))]
    for (const secret of secrets) {
      const token = await new SignJWT(goodClaims(bound))
        .setProtectedHeader({ typ, alg: 'HS256', kid: 'k1' })
        .sign(secret)
      expect(await outcome({ token })).toBe('401 invalid_token token_algorithm')
    }
  })

  it("an algorithm other than the JWK's own", async () => {
    const rsa = await issuerKey('r1', 'RS256')
    const { keys } = { keys: [rsa.jwk] }
    const fetch = issuerWeb(keys).fetch
    const ask = async (alg: string) => {
      const jwk = { ...rsa.jwk, alg }
      const pair = { jwk, privateKey: rsa.privateKey }
      const token =
        alg === 'RS256'
          ? await signToken(pair, goodClaims(bound))
          : forgedToken({ typ, kid: 'r1', alg }, goodClaims(bound), 'AAAA')
      return outcome({ token }, { fetch })
    }
    expect(await ask('RS256')).toBe('ok')
    expect(await ask('PS256')).toBe('401 invalid_token token_key_algorithm')
  })

  it('an algorithm that this API does not accept', async () => {
    expect(await outcome({}, { algorithms: ['ES256'] })).toBe('ok')
    expect(await outcome({}, { algorithms: ['EdDSA', 'PS256'] })).toBe(
      '401 invalid_token token_algorithm',
    )
  })

  it('another key with the same kid', async () => {
    const token = await signToken(await issuerKey('k1'), goodClaims(bound))
    expect(await outcome({ token })).toBe('401 invalid_token token_signature')
  })

  it('one octet changed', async () => {
    const token = await good()
    const [head, claims, signature = ''] = token.split('.')
    const octets = base64url.decode(signature)
    octets[5] = (octets[5] ?? 0) ^ 1
    expect(await outcome({ token: `${head}.${claims}.${base64url.encode(octets)}` })).toBe(
      '401 invalid_token token_signature',
    )
  })

  it('has one spelling: every other last character is refused', async () => {
    const token = await good()
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_='
    const taken = []
    for (const character of last) {
      const outcomes = await outcome({ token: `${token.slice(0, -1)}${character}` })
      if (outcomes === 'ok') taken.push(character)
    }
    expect(taken).toEqual([token.at(-1)])
  })

  it.each(['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'])('%s', async (alg) => {
    const pair = await issuerKey('k', alg)
    const { fetch } = issuerWeb([pair.jwk])
    expect(await outcome({ token: await signToken(pair, goodClaims(bound)) }, { fetch })).toBe('ok')
  })
})
