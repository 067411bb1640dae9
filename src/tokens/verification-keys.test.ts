import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifiableAlgs } from './token-header.ts'
import { importVerificationKeys, verificationKey } from './verification-keys.ts'

type Jwk = Readonly<Record<string, unknown>>
const all = new Set<string>(verifiableAlgs)
const publicOf = async (alg: string, options = {}): Promise<Jwk> => {
  const { publicKey } = await generateKeyPair(alg, { extractable: true, ...options })
  return { ...(await exportJWK(publicKey)) }
}

let keys: Record<'p256' | 'p384' | 'p521' | 'ed25519' | 'rsa' | 'short', Jwk>
beforeAll(async () => {
  const short = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 1024,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    true,
    ['sign', 'verify'],
  )
  if (!('publicKey' in short)) throw new TypeError('a key pair was expected')
  const { kty, n, e } = (await crypto.subtle.exportKey('jwk', short.publicKey)) as JsonWebKey
  keys = {
    p256: await publicOf('ES256'),
    p384: await publicOf('ES384'),
    p521: await publicOf('ES512'),
    ed25519: await publicOf('Ed25519', { crv: 'Ed25519' }),
    rsa: await publicOf('RS256'),
    short: { kty, n, e },
  }
})

const importOne = (jwk: Jwk, algorithms = all) =>
  importVerificationKeys({ keys: [{ kid: 'k', ...jwk }] }, algorithms)
const algsOf = async (jwk: Jwk, algorithms = all) => {
  const imported = await importOne(jwk, algorithms)
  return imported.ok ? [...(imported.value.get('k')?.keys() ?? [])] : imported.error
}

describe('the algorithms of a key', () => {
  it.each([
    ['p256', ['ES256']],
    ['p384', ['ES384']],
    ['p521', ['ES512']],
    ['ed25519', ['EdDSA', 'Ed25519']],
    ['rsa', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['short', []],
  ] as const)('of %s', async (name, algs) => {
    expect(await algsOf(keys[name])).toEqual(algs)
  })

  const cases: [name: string, change: Jwk, algs: readonly string[]][] = [
    ['its own alg', { alg: 'ES256' }, ['ES256']],
    ['the alg of another key', { alg: 'ES384' }, []],
    ['use sig', { use: 'sig' }, ['ES256']],
    ['use enc', { use: 'enc' }, []],
    ['key_ops with verify', { key_ops: ['sign', 'verify'] }, ['ES256']],
    ['key_ops without verify', { key_ops: ['sign'] }, []],
    ['key_ops that is no list', { key_ops: 'verify' }, []],
    ['an unknown curve', { crv: 'P-257' }, []],
    ['an unknown type', { kty: 'oct' }, []],
    ['a coordinate that is missing', { y: undefined }, []],
    ['a private member, which is left out', { d: 'AA' }, ['ES256']],
    ['no key id', { kid: undefined }, []],
    ['a key id that is no text', { kid: 1 }, []],
  ]
  it.each(cases)('with %s', async (_, change, algs) => {
    expect(await algsOf({ ...keys.p256, ...change })).toEqual(algs)
  })

  it('are only those that are allowed', async () => {
    expect(await algsOf(keys.rsa, new Set(['PS256', 'ES256']))).toEqual(['PS256'])
  })
})

describe('a JWK Set', () => {
  const named = (kid: string): Jwk => ({ ...keys.p256, kid })
  const outcome = async (document: unknown) => {
    const imported = await importVerificationKeys(document, all)
    return imported.ok ? [...imported.value.keys()] : imported.error
  }

  it('is an object with a list of keys', async () => {
    expect(await outcome({ keys: [named('a'), named('b')] })).toEqual(['a', 'b'])
    expect(await outcome({ keys: [] })).toEqual([])
    for (const document of [null, undefined, [], 'keys', {}, { keys: {} }]) {
      expect(await outcome(document)).toBe('not_a_jwk_set')
    }
  })

  it('may have entries that are no keys', async () => {
    expect(await outcome({ keys: [null, 'a', 1, [], named('a')] })).toEqual(['a'])
  })

  it('has at most 100 keys', async () => {
    const many = (count: number) => ({ keys: Array.from({ length: count }, () => ({})) })
    expect(await outcome(many(100))).toEqual([])
    expect(await outcome(many(101))).toBe('too_many_keys')
  })

  it('names each key once, except those that are not used', async () => {
    expect(await outcome({ keys: [named('a'), named('a')] })).toBe('kid_repeated')
    expect(await outcome({ keys: [named('a'), { ...named('a'), use: 'enc' }] })).toEqual(['a'])
  })
})

describe('the key of a token', () => {
  const find = async (kid: string, alg: string) => {
    const imported = await importOne(keys.p256)
    if (!imported.ok) throw new Error(imported.error)
    const found = verificationKey(imported.value, { text: '', kid, alg })
    return found.ok ? found.value.type : found.error
  }

  it('is the one that it names, for its algorithm', async () => {
    expect(await find('k', 'ES256')).toBe('public')
    expect(await find('x', 'ES256')).toEqual({ code: 'token_key_unknown', kid: 'x' })
    const wrong = { code: 'token_key_algorithm', kid: 'k', algorithm: 'RS256' }
    expect(await find('k', 'RS256')).toEqual(wrong)
  })
})
