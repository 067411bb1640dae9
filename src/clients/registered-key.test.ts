import { beforeAll, describe, expect, it } from 'vitest'
import { generateKeyPair } from '../../test/support/mint/mint.ts'
import type { PartnerCertificate } from '../../test/support/worker/partners.ts'
import { oddCertificate, selfSignedCertificate } from '../../test/support/worker/partners.ts'
import { toBase64, toBase64url } from '../encoding/base64.ts'
import { parseCertificate, publicKeyToJwk, thumbprint } from '../x509/index.ts'
import {
  jwkOfCertificate,
  maxRegisteredKeys,
  parseRegisteredKeys,
  publicKeyText,
} from './registered-key.ts'

const now = 1_800_000_000
const digest = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const coordinate = (octets: number) => 'A'.repeat(Math.ceil((octets * 4) / 3))
const ec = { kty: 'EC', crv: 'P-256', x: coordinate(32), y: coordinate(32) }
const rsa = { kty: 'RSA', n: `_w${'A'.repeat(340)}`, e: 'AQAB' }
const ed = { kty: 'OKP', crv: 'Ed25519', x: coordinate(32) }

const read = (...keys: unknown[]) => parseRegisteredKeys({ keys })

let certificate: PartnerCertificate
let own: Record<string, unknown>
let x5c: string[]
let otherKey: Record<string, unknown>

const publicKeyOf = (der: Uint8Array): Record<string, unknown> => {
  const parsed = parseCertificate(der)
  const jwk = parsed.ok ? publicKeyToJwk(parsed.certificate.publicKey) : null
  if (jwk === null) throw new Error('the certificate of this test cannot be read')
  return { ...jwk }
}

beforeAll(async () => {
  certificate = await selfSignedCertificate(now)
  own = publicKeyOf(certificate.leaf)
  x5c = [toBase64(certificate.leaf)]
  otherKey = publicKeyOf((await selfSignedCertificate(now)).leaf)
})

describe('a registered key', () => {
  it('is the whole certificate if there is x5c', () => {
    const jwk = { ...own, x5c, 'x5t#S256': digest, kid: '1' }
    expect(read(jwk)).toEqual({
      ok: true,
      value: [{ jwk, match: 'certificate', certificate: certificate.leaf }],
    })
    expect(read({ kty: 'EC', x5c })).toMatchObject({ ok: true, value: [{ match: 'certificate' }] })
  })

  it('is the thumbprint if there is x5t#S256', () => {
    for (const [jwk, publicKey] of [
      [{ ...ec, 'x5t#S256': digest }, publicKeyText(ec)],
      [{ kty: 'RSA', 'x5t#S256': digest }, null],
    ] as const) {
      expect(read(jwk)).toEqual({
        ok: true,
        value: [{ jwk, match: 'thumbprint', thumbprint: digest, publicKey }],
      })
    }
  })

  it.each([
    [ec],
    [{ ...ec, crv: 'P-384', x: coordinate(48), y: coordinate(48) }],
    [{ ...ec, crv: 'P-521', x: coordinate(66), y: coordinate(66) }],
    [rsa],
    [ed],
    [{ ...ed, use: 'sig', kid: 'x', alg: 'EdDSA' }],
  ])('is the public key otherwise: %.40j', (jwk) => {
    expect(read(jwk)).toEqual({
      ok: true,
      value: [{ jwk, match: 'public_key', publicKey: publicKeyText(jwk) }],
    })
  })

  it('is read from the JWK that the command line makes of a certificate', async () => {
    const jwk = jwkOfCertificate(certificate.leaf, own, await thumbprint(certificate.leaf))
    expect(read(jwk)).toMatchObject({
      ok: true,
      value: [{ jwk, match: 'certificate', certificate: certificate.leaf }],
    })
  })

  it('is one of several', () => {
    expect(read(...Array(maxRegisteredKeys).fill(ec))).toMatchObject({ ok: true })
  })
})

describe('an invalid JWK Set is refused', () => {
  const problem = 'jwks: want {"keys": [...]} with 1 to 16 JWKs'
  it.each([
    [undefined],
    [null],
    ['{}'],
    [[]],
    [{}],
    [{ keys: null }],
    [{ keys: {} }],
    [{ keys: [] }],
    [{ keys: Array(maxRegisteredKeys + 1).fill(ec) }],
  ])('%.40j', (jwks) => expect(parseRegisteredKeys(jwks)).toEqual({ ok: false, error: [problem] }))
})

describe('an invalid key is refused', () => {
  const members = 'want x5c, x5t#S256 or the members of an RSA, EC or Ed25519 public key'
  const shape = 'x5t#S256: want 32 octets in base64url'
  const holds = (name: string) =>
    `holds the private member ${name}: register public keys only, and replace this key`

  it.each<[jwk: unknown, problem: string]>([
    [null, 'want a JSON object'],
    ['x', 'want a JSON object'],
    [[ec], 'want a JSON object'],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((name): [unknown, string] => [
      { ...rsa, [name]: 'AQAB' },
      holds(name),
    ]),
    [{ ...ec, 'x5t#S256': digest, d: 'x' }, holds('d')],
    [{ ...ec, kty: undefined }, 'kty: want RSA, EC or OKP'],
    [{ ...ec, kty: 'ec' }, 'kty: want RSA, EC or OKP'],
    [{ kty: 'oct' }, 'kty: want RSA, EC or OKP'],
    [{ ...ec, 'x5t#S256': null }, shape],
    [{ ...ec, 'x5t#S256': digest.slice(1) }, shape],
    [{ ...ec, 'x5t#S256': `${digest}=` }, shape],
    [{ kty: 'EC' }, members],
    [{ ...ec, crv: 'P-224' }, members],
    [{ ...ec, crv: 'secp256k1' }, members],
    [{ ...ec, crv: undefined }, members],
    [{ ...ec, y: undefined }, members],
    [{ ...ec, x: coordinate(31) }, members],
    [{ ...ec, x: `${coordinate(32)}=` }, members],
    [{ ...ec, x: 7 }, members],
    [{ ...rsa, e: undefined }, members],
    [{ ...rsa, n: `AA${rsa.n}` }, members],
    [{ ...rsa, n: '' }, members],
    [{ ...rsa, e: 'AAEAAQ' }, members],
    [{ ...ed, crv: 'Ed448' }, members],
    [{ ...ed, crv: 'X25519' }, members],
    [{ ...ed, x: coordinate(33) }, members],
  ])('%.60j', (jwk, problem) => {
    expect(read(ec, jwk)).toEqual({ ok: false, error: [`jwks.keys[1]: ${problem}`] })
  })

  it('together with all others', () => {
    expect(read(null, ec, {})).toMatchObject({
      error: ['jwks.keys[0]: want a JSON object', 'jwks.keys[2]: kty: want RSA, EC or OKP'],
    })
  })
})

describe('a well-formed key that is too weak', () => {
  const modulus = (bits: number) => {
    const octets = new Uint8Array(Math.ceil(bits / 8)).fill(0xff)
    octets[0] = 0xff >> (octets.length * 8 - bits)
    return toBase64url(octets)
  }
  it.each([
    ['2048 bits', { n: modulus(2048) }, null],
    ['2047 bits', { n: modulus(2047) }, 'an RSA key of 2047 bits is too small: want 2048 or more'],
    ['8192 bits', { n: modulus(8192) }, null],
    ['8193 bits', { n: modulus(8193) }, 'an RSA key of 8193 bits is too large: want 8192 or less'],
    ['exponent 3', { e: 'Aw' }, null],
    [
      'exponent 1',
      { e: 'AQ' },
      'a key of this kind is not supported: RSA with an exponent of 1 or an even one',
    ],
    [
      'an even exponent',
      { e: 'AQAA' },
      'a key of this kind is not supported: RSA with an exponent of 1 or an even one',
    ],
    ['for encryption', { use: 'enc' }, 'use: want sig, or nothing'],
    ['for signatures', { use: 'sig' }, null],
  ])('%s', (_, change, problem) => {
    const parsed = read({ ...rsa, ...change })
    expect(parsed.ok ? null : parsed.error).toEqual(
      problem === null ? null : [`jwks.keys[0]: ${problem}`],
    )
  })

  it('is refused in a certificate too', async () => {
    const keys = await generateKeyPair('RS256', { modulusLength: 1024 })
    const { leaf } = await selfSignedCertificate(now, { keys })
    expect(read({ kty: 'RSA', x5c: [toBase64(leaf)] })).toEqual({
      ok: false,
      error: ['jwks.keys[0]: x5c: an RSA key of 1024 bits is too small: want 2048 or more'],
    })
  })
})

describe('x5c', () => {
  const array = 'x5c: want an array of base64 DER certificates'
  const other = 'x5c: holds another key than the JWK'
  it.each<[change: (mine: string) => unknown, problem: string]>([
    [() => null, array],
    [() => [], array],
    [(mine) => mine, array],
    [(mine) => [mine.replaceAll('+', '-').replaceAll('/', '_').replace(/=*$/, '-')], array],
    [(mine) => [`${mine}\n`], array],
    [() => [''], 'x5c: not a certificate: not_der'],
    [() => ['MAA='], 'x5c: not a certificate: not_a_certificate'],
    [(mine) => [mine.slice(0, 400)], 'x5c: not a certificate: not_der'],
  ])('%#', (change, problem) => {
    expect(read({ ...own, x5c: change(x5c[0] ?? '') })).toEqual({
      ok: false,
      error: [`jwks.keys[0]: ${problem}`],
    })
  })

  it('holds the key of the JWK (RFC 7517 section 4.7)', () => {
    expect(read({ ...otherKey, x5c })).toEqual({ ok: false, error: [`jwks.keys[0]: ${other}`] })
    expect(read({ ...rsa, x5c })).toEqual({ ok: false, error: [`jwks.keys[0]: ${other}`] })
    expect(read({ ...own, x5c })).toMatchObject({ ok: true })
  })

  it('holds a key of a supported kind', async () => {
    const { alg, privateKey, publicKey } = await generateKeyPair('ES256')
    const x25519 = Uint8Array.of(
      0x30,
      42,
      0x30,
      5,
      6,
      3,
      0x2b,
      0x65,
      0x6e,
      3,
      33,
      ...Array(33).fill(0),
    )
    const keys = { alg, privateKey, publicKey, spki: x25519 }
    const { leaf } = await oddCertificate(null, now, { keys, signWith: { alg, privateKey } })
    expect(read({ kty: 'OKP', x5c: [toBase64(leaf)] })).toEqual({
      ok: false,
      error: ['jwks.keys[0]: x5c: a key of this kind is not supported: 1.3.101.110'],
    })
  })
})

describe('publicKeyText', () => {
  it('depends on the key only', () => {
    expect(publicKeyText({ ...ec, kid: 'a' })).toBe(publicKeyText({ ...ec, kid: 'b', use: 'sig' }))
    expect(publicKeyText(own)).not.toBe(publicKeyText(otherKey))
    expect(publicKeyText(rsa)).not.toBe(publicKeyText({ ...rsa, e: 'Aw' }))
  })
})
