import { base64url, exportSPKI, importJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { edgeCf, type Presented } from '../../test/support/worker/edge-cf.ts'
import { selfSignedCertificate } from '../../test/support/worker/partners.ts'
import {
  audience,
  forgedToken,
  goodClaims,
  type IssuerKey,
  issuer,
  issuerKey,
  issuerWeb,
  keySetUrl,
  now,
  signToken,
} from '../../test/support/worker/test-issuer.ts'
import { utf8 } from '../encoding/bytes.ts'
import { thumbprint } from '../x509/index.ts'
import type { VerifierOptions } from './options.ts'
import type { BoundTokenRefusal } from './refusal.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

let own: Presented
let other: Presented
let bound: string
let key: IssuerKey
let web: ReturnType<typeof issuerWeb>

beforeAll(async () => {
  own = await selfSignedCertificate(now)
  other = await selfSignedCertificate(now)
  bound = await thumbprint(own.leaf)
  key = await issuerKey('k1')
  web = issuerWeb([key.jwk])
})

type Request_ = {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly url?: string
  readonly method?: string
  readonly body?: BodyInit
  readonly presented?: Presented | null
}

const options = (change: Partial<VerifierOptions> = {}): VerifierOptions => ({
  ...{ issuer, audience, source: 'cloudflare', fetch: web.fetch, now: () => now },
  ...change,
})

const good = (claims: object = {}, header: object = {}): Promise<string> =>
  signToken(key, { ...goodClaims(bound), ...claims }, { ...header })

/** The outcome of one request: status, challenge and code, or `ok`. */
async function outcome(ask: Request_, change: Partial<VerifierOptions> = {}) {
  const refusals: BoundTokenRefusal[] = []
  const verify = createVerifier(options({ onRefusal: (each) => refusals.push(each), ...change }))
  const { url = `${audience}/orders`, method = 'GET', body, presented = own } = ask
  const token = ask.token === undefined ? await good() : ask.token
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const request = new Request(url, {
    ...{ method, headers: { ...authorization, ...ask.headers }, cf: await edgeCf(presented) },
    ...(body === undefined ? {} : { body }),
  })
  const verified = await verify(request)
  if (verified.ok) return 'ok'
  expect(refusals).toEqual([verified.error])
  const response = refusalResponse(verified.error)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const told = (await response.json()) as { error?: string }
  const challenge = response.headers.get('www-authenticate') ?? ''
  expect(challenge).not.toContain(bound)
  // The body and the challenge say the same, and no more than the fold.
  expect(/error="([a-z_]+)"/.exec(challenge)?.[1] ?? told.error).toBe(told.error)
  if (response.status !== 503 && response.status !== 425)
    expect(challenge).toMatch(/^Bearer realm="api"(, \w+="[^"\\]*")*$/)
  return `${response.status} ${told.error ?? 'no error code'} ${verified.error.code}`
}

const form = 'application/x-www-form-urlencoded'
const octets = (text: string, last: number): Uint8Array => new Uint8Array([...utf8(text), last])

describe('what comes with a request', () => {
  const cases: [name: string, ask: () => Request_ | Promise<Request_>, expected: string][] = [
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
      'a scheme alone',
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
    ['as RFC 9068 has it', {}, 'ok'],
    ['the whole media type', { typ: 'application/at+jwt' }, 'ok'],
    ['in capitals', { typ: 'AT+JWT' }, 'ok'],
    ['an ID token', { typ: 'JWT' }, 'token_type'],
    ['no type', { typ: undefined }, 'token_type'],
    ['no kid', { kid: undefined }, 'token_key_id'],
    ['a kid that is a URL', { kid: 'https://evil.example/k1' }, 'token_key_id'],
    ['a kid that is a path', { kid: '../k1' }, 'token_key_id'],
    ['a kid that is none of the keys', { kid: 'k2' }, 'token_key_unknown'],
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

  it('an algorithm that this API does not allow', async () => {
    expect(await outcome({}, { algorithms: ['ES256'] })).toBe('ok')
    expect(await outcome({}, { algorithms: ['EdDSA', 'PS256'] })).toBe(
      '401 invalid_token token_algorithm',
    )
  })

  it('another key of the same name', async () => {
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

  it('is spelt in one way: every other last character is refused', async () => {
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

describe('the claims of a token', () => {
  const cases: [name: string, claims: object, expected: string][] = [
    ['good ones', {}, 'ok'],
    ['another issuer', { iss: 'https://as.example.com' }, 'token_issuer'],
    ['no issuer', { iss: undefined }, 'token_issuer'],
    ['another audience', { aud: `${audience}/` }, 'token_audience'],
    ['ours among others', { aud: ['https://x.example', audience] }, 'ok'],
    ['ours among numbers', { aud: [1, audience] }, 'token_claim'],
    ['no audience', { aud: undefined }, 'token_claim'],
    ['the last second', { exp: now + 1 }, 'ok'],
    ['within the skew of 5 s', { exp: now - 4 }, 'ok'],
    ['expired', { exp: now - 5 }, 'token_expired'],
    ['no expiry', { exp: undefined }, 'token_claim'],
    ['an expiry in words', { exp: String(now + 300) }, 'token_claim'],
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

  it('unbound, at an API that takes such tokens too', async () => {
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
  it('again and again, remembered', async () => {
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

describe('a revocation check', () => {
  it.each<[string, VerifierOptions['revocation'], string]>([
    ['that knows of nothing', async () => true, 'ok'],
    ['that knows it was revoked', async () => false, '401 invalid_token token_revoked'],
    [
      'that cannot tell',
      () => Promise.reject(new Error('down')),
      '503 temporarily_unavailable revocation_unavailable',
    ],
  ])('%s', async (_, revocation, expected) => {
    expect(await outcome({}, revocation === undefined ? {} : { revocation })).toBe(expected)
  })
})

describe("the issuer's keys at first start", () => {
  it('are down: 503, with the time to come back', async () => {
    const down = issuerWeb([])
    down.pages.set(keySetUrl, () => new Response(null, { status: 500 }))
    expect(await outcome({}, { fetch: down.fetch })).toBe(
      '503 temporarily_unavailable keys_unavailable',
    )
    const response = refusalResponse({ code: 'keys_unavailable', problem: '' })
    expect(response.headers.get('retry-after')).toBe('5')
  })
})
