import { describe, expect, it } from 'vitest'
import { nothing } from '../../../test/support/mint/der.ts'
import {
  algorithmIdentifier,
  generateKeyPair,
  type MintAlgorithm,
  mintCertificate,
} from '../../../test/support/mint/mint.ts'
import { bitString, explicit, integer, objectIdentifier } from '../../doctor/der-writer.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { sequence, tlv } from '../../encoding/der-writer.ts'
import type { Certificate } from '../certificate.ts'
import { parseCertificate } from '../parse-certificate.ts'
import { keyRefusal, publicKeyToJwk } from './public-key.ts'
import { rawEcdsaSignature, verifySignature } from './verify-signature.ts'

const algorithms: readonly MintAlgorithm[] = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'PS256',
  'Ed25519',
]
const pairs = Object.fromEntries(
  await Promise.all(algorithms.map(async (alg) => [alg, await generateKeyPair(alg)] as const)),
)
const pair = (alg: MintAlgorithm) => {
  const found = pairs[alg]
  if (found === undefined) throw new Error(alg)
  return found
}

type Change = { signature?: (signature: Bytes) => Bytes; algorithm?: Bytes; spki?: Bytes }

async function selfSigned(alg: MintAlgorithm, change: Change = {}): Promise<Certificate> {
  const key = pair(alg)
  const algorithm = change.algorithm ?? algorithmIdentifier(alg)
  const der = await mintCertificate({
    subject: 'CN=a',
    issuer: 'CN=a',
    notBefore: 0,
    notAfter: 1,
    publicKey: change.spki ?? key.spki,
    signWith: key,
    innerAlgorithm: algorithm,
    outerAlgorithm: algorithm,
    changeSignature: change.signature ?? ((signature) => signature),
  })
  const parsed = parseCertificate(der)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.certificate
}

const verifies = (certificate: Certificate) => verifySignature(certificate, certificate.publicKey)

describe('verifySignature', () => {
  it.each(algorithms)(
    '%s: the right key, a changed signature, changed octets, another key',
    async (alg) => {
      const certificate = await selfSigned(alg)
      expect(await verifies(certificate)).toBe(true)
      const flipped = await selfSigned(alg, {
        signature: (signature) => signature.with(-1, (signature.at(-1) ?? 0) ^ 1) as Bytes,
      })
      expect(await verifies(flipped)).toBe(false)
      const tbs = certificate.tbs.with(-1, (certificate.tbs.at(-1) ?? 0) ^ 1) as Bytes
      expect(await verifySignature({ ...certificate, tbs }, certificate.publicKey)).toBe(false)
      for (const other of algorithms.filter((other) => other !== alg)) {
        const { publicKey } = await selfSigned(other)
        // The mint's RSA keys say rsaEncryption, with which either scheme goes; the key is another.
        expect(await verifySignature(certificate, publicKey), other).toBe(false)
      }
    },
  )

  // Behind the header of the SEQUENCE (4 octets) and the AlgorithmIdentifier of rsaEncryption (15).
  const rsaKey = (alg: MintAlgorithm) => pair(alg).spki.subarray(19)
  const pssOid = '1.2.840.113549.1.1.10'
  const none = new Uint8Array()
  const digest = (hash: string, parameters: Uint8Array = nothing()) =>
    sequence(objectIdentifier(hash), parameters)
  const hashOf = (hash: string, parameters?: Uint8Array) => explicit(0, digest(hash, parameters))
  const maskOf = (hash: string, mask = '1.2.840.113549.1.1.8') =>
    explicit(1, sequence(objectIdentifier(mask), digest(hash)))
  const saltOf = (salt: Uint8Array) => explicit(2, salt)
  const pssParameters = (hash: string, salt: number) =>
    sequence(hashOf(hash), maskOf(hash), saltOf(integer(salt)))
  const sha256 = '2.16.840.1.101.3.4.2.1'
  const sha384 = '2.16.840.1.101.3.4.2.2'
  const pssKey = (...parameters: Uint8Array[]) => ({
    spki: sequence(sequence(objectIdentifier(pssOid), ...parameters), rsaKey('PS256')),
  })

  it.each([
    ['without parameters', pssKey(), true],
    ['with the parameters of the signature', pssKey(pssParameters(sha256, 32)), true],
    ['that wants a shorter salt at least', pssKey(pssParameters(sha256, 20)), true],
    ['that wants a longer salt', pssKey(pssParameters(sha256, 33)), false],
    ['that wants another hash', pssKey(pssParameters(sha384, 32)), false],
    ['with parameters of SHA-1, the default', pssKey(sequence()), false],
    ['with the default salt of 20', pssKey(sequence(hashOf(sha256), maskOf(sha256))), true],
    ['with a hash without NULL', pssKey(sequence(hashOf(sha256, none), maskOf(sha256))), true],
    [
      'with a hash and an INTEGER',
      pssKey(sequence(hashOf(sha256, integer(1)), maskOf(sha256))),
      false,
    ],
    ['with only the hash', pssKey(sequence(hashOf(sha256))), false],
    ['with only the mask', pssKey(sequence(maskOf(sha256))), false],
    ['with the mask of another hash', pssKey(sequence(hashOf(sha256), maskOf(sha384))), false],
    ['with another mask', pssKey(sequence(hashOf(sha256), maskOf(sha256, sha256))), false],
    ['with mask and hash', pssKey(sequence(maskOf(sha256), hashOf(sha256))), false],
    [
      'with the trailer field, a default',
      pssKey(
        sequence(hashOf(sha256), maskOf(sha256), saltOf(integer(32)), explicit(3, integer(1))),
      ),
      false,
    ],
    ['with a negative salt', pssKey(pssParameters(sha256, -1)), false],
    [
      'with two salts',
      pssKey(sequence(hashOf(sha256), maskOf(sha256), explicit(2, integer(20), integer(20)))),
      false,
    ],
    ['with parameters that are no SEQUENCE', pssKey(integer(1)), false],
  ])('a PSS signature by a key of id-RSASSA-PSS %s', async (_, change, valid) => {
    expect(await verifies(await selfSigned('PS256', change))).toBe(valid)
  })

  it('a key of id-RSASSA-PSS does not verify PKCS #1 v1.5', async () => {
    const spki = sequence(sequence(objectIdentifier(pssOid)), rsaKey('RS256'))
    expect(await verifies(await selfSigned('RS256', { spki }))).toBe(false)
    expect(await verifies(await selfSigned('RS256'))).toBe(true)
  })

  const rs256 = '1.2.840.113549.1.1.11'
  it.each([
    ['RSA without parameters', 'RS256', sequence(objectIdentifier(rs256)), true],
    ['RSA with odd parameters', 'RS256', sequence(objectIdentifier(rs256), integer(1)), false],
    [
      'ECDSA with NULL',
      'ES256',
      sequence(objectIdentifier('1.2.840.10045.4.3.2'), nothing()),
      false,
    ],
    ['Ed25519 with NULL', 'Ed25519', sequence(objectIdentifier('1.3.101.112'), nothing()), false],
    ['the hash of another', 'ES256', sequence(objectIdentifier('1.2.840.10045.4.3.3')), false],
  ] as const)('an algorithm identifier: %s', async (_, alg, algorithm, valid) => {
    expect(await verifies(await selfSigned(alg, { algorithm }))).toBe(valid)
  })

  it('names the weak part', async () => {
    const algorithm = sequence(objectIdentifier('1.2.840.113549.1.1.5'), nothing())
    const certificate = await selfSigned('RS256', { algorithm })
    expect(certificate.signatureAlgorithm).toEqual({
      name: 'weak',
      algorithm: 'sha1WithRSAEncryption',
    })
    expect(await verifies(certificate)).toBe(false)
  })

  it('a point that is not on its curve is a refusal, not a fault', async () => {
    const spki = pair('ES256').spki.with(-1, (pair('ES256').spki.at(-1) ?? 0) ^ 1) as Bytes
    expect(await verifies(await selfSigned('ES256', { spki }))).toBe(false)
  })
})

describe('rawEcdsaSignature', () => {
  const cases: [name: string, der: Bytes, raw: number[] | null][] = [
    ['r and s', sequence(integer(1), integer(0x80)), [0, 1, 0, 0x80]],
    ['as large as can be', sequence(integer(0xffff), integer(0xffff)), [255, 255, 255, 255]],
    ['r too large', sequence(integer(0x10000), integer(1)), null],
    ['a negative s', sequence(integer(1), integer(-1)), null],
    ['one integer', sequence(integer(1)), null],
    ['three', sequence(integer(1), integer(1), integer(1)), null],
    ['not minimal', sequence(tlv(2, Uint8Array.of(0, 1)), integer(1)), null],
    ['no SEQUENCE', integer(1), null],
  ]
  it.each(cases)('%s', (_, der, raw) => {
    expect(rawEcdsaSignature(der, 2)).toEqual(raw === null ? null : Uint8Array.from(raw))
  })
})

describe('keyRefusal', () => {
  const rsa = (bits: number, exponent = 65537) => {
    const key = sequence(integer((1n << BigInt(bits - 1)) | 1n), integer(exponent))
    const identifier = sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing())
    return { spki: sequence(identifier, bitString(key)) }
  }
  const unknown = {
    spki: sequence(sequence(objectIdentifier('1.2.3')), bitString(new Uint8Array())),
  }
  const cases: [name: string, change: Change, refusal: object | null][] = [
    ['2048 bits', rsa(2048), null],
    ['2047 bits', rsa(2047), { reason: 'key_too_small', bits: 2047 }],
    ['8192 bits', rsa(8192), null],
    ['8193 bits', rsa(8193), { reason: 'key_too_large', bits: 8193 }],
    ['an exponent of 32 bits', rsa(2048, 0xffffffff), null],
    ['an exponent of 33 bits', rsa(2048, 0x1ffffffff), { reason: 'key_unsupported' }],
    ['an unknown kind', unknown, { reason: 'key_unsupported', algorithm: '1.2.3' }],
    ['P-256', {}, null],
  ]
  it.each(cases)('%s', async (_, change, refusal) => {
    const { publicKey } = await selfSigned('ES256', change)
    const found = keyRefusal(publicKey)
    if (refusal === null) expect(found).toBeNull()
    else expect(found).toMatchObject(refusal)
  })
})

describe('publicKeyToJwk', () => {
  it.each(algorithms)('%s: as WebCrypto exports it', async (alg) => {
    const { publicKey } = await selfSigned(alg)
    const exported = await crypto.subtle.exportKey('jwk', pair(alg).publicKey)
    expect(exported).toMatchObject(publicKeyToJwk(publicKey) ?? { kty: 'none' })
  })
  it('is null for a key that is not supported', () => {
    expect(publicKeyToJwk({ kty: 'unsupported', algorithm: '1.2.3' })).toBeNull()
  })
})
