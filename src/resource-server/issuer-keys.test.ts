import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type IssuerKey,
  type IssuerWeb,
  issuer,
  issuerKey,
  issuerWeb,
  keySetUrl,
  metadataUrl,
  now,
} from '../../test/support/worker/test-issuer.ts'
import { verifiableAlgs } from '../tokens/token-header.ts'
import { metadataUrlOf } from './issuer-documents.ts'
import { issuerKeys } from './issuer-keys.ts'

let first: IssuerKey
let second: IssuerKey
let web: IssuerWeb

beforeAll(async () => {
  first = await issuerKey('k1')
  second = await issuerKey('k2')
})
beforeEach(() => {
  web = issuerWeb([first.jwk])
})

const start = () => {
  const fetch = web.fetch
  const keys = issuerKeys({ issuer, metadataUrl, algorithms: new Set(verifiableAlgs), fetch })
  return async (kid: string, at: number, alg = 'ES256') => {
    const found = await keys.keyOf({ text: '', kid, alg }, at)
    return found.ok ? 'found' : found.error.code
  }
}
const publish = (body: unknown, headers: Record<string, string> = {}) =>
  web.pages.set(keySetUrl, () => Response.json(body, { headers }))
const breakDown = (url = keySetUrl) =>
  web.pages.set(url, () => Promise.reject(new TypeError('no network')))
const fetches = (url = keySetUrl) => web.asked.filter((asked) => asked === url).length

it.each([
  ['https://as.example.com', 'https://as.example.com/.well-known/oauth-authorization-server'],
  [
    'https://as.example.com/a/b',
    'https://as.example.com/.well-known/oauth-authorization-server/a/b',
  ],
])('the metadata of %s (RFC 8414 section 3.1)', (of, url) => expect(metadataUrlOf(of)).toBe(url))

describe('how long keys are kept', () => {
  const cases: [name: string, cacheControl: string | null, fresh: number][] = [
    ['no Cache-Control', null, 300],
    ['the max-age of the server', 'public, max-age=120', 120],
    ['at least the minimum', 'max-age=1', 30],
    ['no-store: the minimum', 'no-store', 30],
    ['at most the maximum', 'max-age=86400', 600],
  ]
  it.each(cases)('%s', async (_, cacheControl, fresh) => {
    publish({ keys: [first.jwk] }, cacheControl === null ? {} : { 'cache-control': cacheControl })
    const ask = start()
    await ask('k1', now)
    await ask('k1', now + fresh - 1)
    expect(fetches()).toBe(1)
    await ask('k1', now + fresh)
    expect(fetches()).toBe(2)
    expect(fetches(metadataUrl)).toBe(1)
  })

  it('removes a withdrawn key with the next set', async () => {
    const ask = start()
    expect(await ask('k1', now)).toBe('found')
    publish({ keys: [second.jwk] })
    expect(await ask('k1', now + 299)).toBe('found')
    expect(await ask('k1', now + 300)).toBe('token_key_unknown')
  })

  it('removes the last key, too', async () => {
    const ask = start()
    expect(await ask('k1', now)).toBe('found')
    publish({ keys: [] })
    expect(await ask('k1', now + 300)).toBe('token_key_unknown')
  })
})

describe('an unknown kid', () => {
  it('causes at most one fetch in 30 seconds', async () => {
    const ask = start()
    expect(await ask('k2', now)).toBe('token_key_unknown')
    publish({ keys: [first.jwk, second.jwk] })
    expect(await ask('k2', now + 29)).toBe('token_key_unknown')
    expect(fetches()).toBe(1)
    expect(await ask('k2', now + 30)).toBe('found')
    for (let i = 0; i < 20; i++) await ask(`made-up-${i}`, now + 59)
    expect(fetches()).toBe(2)
  })

  it('is 503 while the keys cannot be fetched', async () => {
    const ask = start()
    await ask('k1', now)
    breakDown()
    expect(await ask('k2', now + 30)).toBe('keys_unavailable')
    expect(await ask('k1', now + 30)).toBe('found')
    for (let i = 0; i < 20; i++) await ask('k2', now + 34)
    expect(fetches()).toBe(2)
  })
})

describe('an issuer that does not answer', () => {
  it('leaves cached keys usable for an hour, and is asked again after 5 seconds', async () => {
    const ask = start()
    await ask('k1', now)
    breakDown()
    expect(await ask('k1', now + 300)).toBe('found')
    expect(await ask('k1', now + 304)).toBe('found')
    expect(fetches()).toBe(2)
    expect(await ask('k1', now + 305)).toBe('found')
    expect(fetches()).toBe(3)
    expect(await ask('k1', now + 3599)).toBe('found')
    expect(await ask('k1', now + 3604)).toBe('keys_unavailable')
    publish({ keys: [first.jwk] })
    expect(await ask('k1', now + 3609)).toBe('found')
  })

  it('at first start refuses all requests until it is back', async () => {
    const ask = start()
    breakDown(metadataUrl)
    expect(await ask('k1', now)).toBe('keys_unavailable')
    web = issuerWeb([first.jwk])
    const again = start()
    expect(await again('k1', now + 5)).toBe('found')
  })

  it('is asked for the URL of its keys after they have moved', async () => {
    const ask = start()
    await ask('k1', now)
    const moved = 'https://keys.example.com/jwks'
    web.pages.delete(keySetUrl)
    web.pages.set(metadataUrl, () => Response.json({ issuer, jwks_uri: moved }))
    web.pages.set(moved, () => Response.json({ keys: [second.jwk] }))
    await ask('k1', now + 300)
    expect(await ask('k2', now + 305)).toBe('found')
  })

  it('is asked by two of many concurrent requests; the others use the result', async () => {
    web.pages.set(keySetUrl, async () => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return Response.json({ keys: [first.jwk] })
    })
    const ask = start()
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('k1', now)))
    expect(new Set(answers)).toEqual(new Set(['found']))
    expect(fetches()).toBe(2)
  })
})

describe('documents', () => {
  const cases: [name: string, change: () => unknown, expected: string][] = [
    ['good ones', () => {}, 'found'],
    [
      'metadata of another issuer',
      () => page(metadataUrl, { issuer: `${issuer}/`, jwks_uri: keySetUrl }),
      'keys_unavailable',
    ],
    ['metadata without keys', () => page(metadataUrl, { issuer }), 'keys_unavailable'],
    [
      'keys over http',
      () => page(metadataUrl, { issuer, jwks_uri: 'http://as.example.com/jwks' }),
      'keys_unavailable',
    ],
    [
      'keys behind a password',
      () => page(metadataUrl, { issuer, jwks_uri: 'https://a:b@as.example.com/jwks' }),
      'keys_unavailable',
    ],
    [
      'a redirect',
      () =>
        web.pages.set(
          keySetUrl,
          () => new Response(null, { status: 302, headers: { location: metadataUrl } }),
        ),
      'keys_unavailable',
    ],
    ['no JSON', () => web.pages.set(keySetUrl, () => new Response('<html>')), 'keys_unavailable'],
    [
      'a large set',
      () => publish({ keys: [first.jwk], pad: 'x'.repeat(262_144) }),
      'keys_unavailable',
    ],
    ['a list', () => publish([first.jwk]), 'keys_unavailable'],
    ['an empty set', () => publish({ keys: [] }), 'token_key_unknown'],
    ['101 keys', () => publish({ keys: Array(101).fill({}) }), 'keys_unavailable'],
    [
      'a kid twice',
      () => publish({ keys: [first.jwk, { ...second.jwk, kid: 'k1' }] }),
      'keys_unavailable',
    ],
    [
      'unknown keys in addition',
      () =>
        publish({
          keys: [null, { kty: 'oct', k: 'AA', kid: 'k1' }, { kty: 'AKP', kid: 'x' }, first.jwk],
        }),
      'found',
    ],
    [
      'a key for encryption',
      () => publish({ keys: [{ ...first.jwk, use: 'enc' }, second.jwk] }),
      'token_key_unknown',
    ],
    [
      'operations without verify',
      () => publish({ keys: [{ ...first.jwk, key_ops: ['sign'] }, second.jwk] }),
      'token_key_unknown',
    ],
    [
      'a curve that is not the algorithm’s',
      () => publish({ keys: [{ ...first.jwk, alg: 'ES384' }, second.jwk] }),
      'token_key_unknown',
    ],
    [
      'a key without alg, by its curve',
      () => publish({ keys: [{ ...first.jwk, alg: undefined }] }),
      'found',
    ],
    [
      'a point that is not on the curve',
      () => publish({ keys: [{ ...first.jwk, x: second.jwk.x }, second.jwk] }),
      'token_key_unknown',
    ],
  ]
  const page = (url: string, body: unknown) => web.pages.set(url, () => Response.json(body))
  it.each(cases)('%s', async (_, change, expected) => {
    change()
    expect(await start()('k1', now)).toBe(expected)
  })
})
