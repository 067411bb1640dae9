import {
  explicit,
  integer,
  objectIdentifier,
  unsignedInteger,
} from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { sequence } from '../../../src/encoding/der-writer.ts'
import { nothing } from './der.ts'

/** The supported signature algorithms, by their JOSE names (Ed25519: RFC 9864). */
export type MintAlgorithm = keyof typeof algorithms

/** A WebCrypto key, under a name that Node's types and the Worker's agree on. */
export type MintKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** A key pair that can sign certificates. `spki` is the SubjectPublicKeyInfo in DER. */
export type MintKeyPair = {
  readonly alg: MintAlgorithm
  readonly privateKey: MintKey
  readonly publicKey: MintKey
  readonly spki: Bytes
}

const rsa = (name: string, hash: string, bits: number) => ({
  name,
  hash,
  modulusLength: bits,
  publicExponent: Uint8Array.of(1, 0, 1),
})

const sha256 = '2.16.840.1.101.3.4.2.1'
const ecdsa = (oid: string): Bytes => sequence(objectIdentifier(oid))

/** RFC 4055 section 3.1: hash, MGF1 with the same hash, salt as long as the hash. */
const pss = (hash: string, salt: number): Bytes => {
  const digest = sequence(objectIdentifier(hash), nothing())
  return sequence(
    objectIdentifier('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, digest),
      explicit(1, sequence(objectIdentifier('1.2.840.113549.1.1.8'), digest)),
      explicit(2, integer(salt)),
    ),
  )
}

const algorithms = {
  ES256: {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
    identifier: ecdsa('1.2.840.10045.4.3.2'),
  },
  ES384: {
    key: { name: 'ECDSA', namedCurve: 'P-384' },
    sign: { name: 'ECDSA', hash: 'SHA-384' },
    identifier: ecdsa('1.2.840.10045.4.3.3'),
  },
  ES512: {
    key: { name: 'ECDSA', namedCurve: 'P-521' },
    sign: { name: 'ECDSA', hash: 'SHA-512' },
    identifier: ecdsa('1.2.840.10045.4.3.4'),
  },
  RS256: {
    key: rsa('RSASSA-PKCS1-v1_5', 'SHA-256', 2048),
    sign: { name: 'RSASSA-PKCS1-v1_5' },
    identifier: sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing()),
  },
  PS256: {
    key: rsa('RSA-PSS', 'SHA-256', 2048),
    sign: { name: 'RSA-PSS', saltLength: 32 },
    identifier: pss(sha256, 32),
  },
  Ed25519: {
    key: { name: 'Ed25519' },
    sign: { name: 'Ed25519' },
    identifier: sequence(objectIdentifier('1.3.101.112')),
  },
} as const

/** A new extractable key pair. `modulusLength` is for RSA only (default 2048). */
export async function generateKeyPair(
  alg: MintAlgorithm,
  options: { readonly modulusLength?: number } = {},
): Promise<MintKeyPair> {
  const { key } = algorithms[alg]
  const parameters =
    'modulusLength' in key ? { ...key, modulusLength: options.modulusLength ?? 2048 } : key
  const pair = (await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as {
    privateKey: MintKey
    publicKey: MintKey
  }
  return { alg, ...pair, spki: await exportSpki(pair.publicKey) }
}

const exportSpki = async (key: MintKey): Promise<Bytes> =>
  new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer)

/** The AlgorithmIdentifier in DER of certificates signed with `alg`. */
export const algorithmIdentifier = (alg: MintAlgorithm): Bytes => algorithms[alg].identifier

/** Signs octets in the format of X.509: an ECDSA signature is a DER SEQUENCE of r and s (RFC 3279 section 2.2.3). */
export async function signForX509(
  by: { readonly alg: MintAlgorithm; readonly privateKey: MintKey },
  octets: Bytes,
): Promise<Bytes> {
  const { sign } = algorithms[by.alg]
  const raw = new Uint8Array(await crypto.subtle.sign(sign, by.privateKey, octets))
  if (sign.name !== 'ECDSA') return raw
  const half = raw.length / 2
  return sequence(unsignedInteger(raw.subarray(0, half)), unsignedInteger(raw.subarray(half)))
}
