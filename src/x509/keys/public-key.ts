import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509'
import { toBase64url } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { readDer } from '../../encoding/der-reader.ts'
import { elementsIn, magnitudeOf, oidOf } from '../../encoding/der-values.ts'
import { bitStringField, type Element, schemaOf, sequenceField } from '../schema.ts'
import {
  type AlgorithmParameters,
  algorithmSchema,
  type PssParameters,
  readPssParameters,
} from './signature-algorithm.ts'

/** A certificate's public key, its sizes as in the DER. */
export type PublicKey =
  | {
      readonly kty: 'RSA'
      readonly bits: number
      readonly modulus: Bytes
      readonly exponent: Bytes
      /** For id-RSASSA-PSS: the key signs only by PSS, and with these parameters if it has any. */
      readonly pss: 'not_required' | 'any' | PssParameters
    }
  | { readonly kty: 'EC'; readonly crv: Curve; readonly x: Bytes; readonly y: Bytes }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: Bytes }
  /** An algorithm, a curve or an encoding that is not for us; the OID is the algorithm's. */
  | { readonly kty: 'unsupported'; readonly algorithm: string }

/** The curves of FIPS 186 that WebCrypto knows. */
export type Curve = 'P-256' | 'P-384' | 'P-521'

const curves: ReadonlyMap<string | null, readonly [Curve, octets: number]> = new Map([
  ['1.2.840.10045.3.1.7', ['P-256', 32]],
  ['1.3.132.0.34', ['P-384', 48]],
  ['1.3.132.0.35', ['P-521', 66]],
])

const keySchema = schemaOf<SubjectPublicKeyInfo>(
  { algorithm: sequenceField(algorithmSchema), subjectPublicKey: bitStringField },
  SubjectPublicKeyInfo,
)

/**
 * Reads SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). A key that is not understood is no fault
 * of the certificate's syntax: it becomes `unsupported`.
 * @returns null if it is not a SubjectPublicKeyInfo
 */
export function readPublicKey(element: Element): PublicKey | null {
  const read = element.as(keySchema)
  if (read === null) return null
  const { algorithm, parameters } = read.algorithm
  const known = readKnownKey(algorithm, parameters, new Uint8Array(read.subjectPublicKey))
  return known ?? { kty: 'unsupported', algorithm }
}

function readKnownKey(oid: string, parameters: AlgorithmParameters, key: Bytes): PublicKey | null {
  switch (oid) {
    case '1.2.840.113549.1.1.1': // RFC 3279 section 2.3.1: "The parameters field MUST have ASN.1 type NULL"
      return parameters === null ? readRsaKey(key, 'not_required') : null
    case '1.2.840.113549.1.1.10': {
      // RFC 4055 section 1.2
      if (parameters === undefined) return readRsaKey(key, 'any')
      const pss = parameters === null ? null : readPssParameters(parameters)
      return pss === null ? null : readRsaKey(key, pss)
    }
    case '1.2.840.10045.2.1': // RFC 5480 section 2.1.1: only namedCurve
      return parameters == null ? null : readEcKey(curveOf(parameters), key)
    case '1.3.101.112': // RFC 8410 section 3: parameters MUST be absent
      return parameters === undefined && key.length === 32
        ? { kty: 'OKP', crv: 'Ed25519', x: key }
        : null
    default:
      return null
  }
}

function curveOf(parameters: ArrayBuffer): string | null {
  const node = readDer(new Uint8Array(parameters), parameters.byteLength)
  return node.ok ? oidOf(node.value) : null
}

type RsaKey = Extract<PublicKey, { kty: 'RSA' }>

/** RSAPublicKey (RFC 8017 appendix A.1.1). */
function readRsaKey(key: Bytes, pss: RsaKey['pss']): RsaKey | null {
  const [n, e, ...more] = elementsIn(key, key.length) ?? []
  const modulus = magnitudeOf(n)
  const exponent = magnitudeOf(e)
  if (modulus === null || exponent === null || more.length > 0) return null
  const bits = 8 * modulus.length - Math.clz32((modulus[0] ?? 0) << 24)
  return bits > 0 ? { kty: 'RSA', bits, modulus, exponent, pss } : null
}

/** An uncompressed point (RFC 5480 section 2.2). Whether it is on the curve is seen on import. */
function readEcKey(curve: string | null, key: Bytes): PublicKey | null {
  const [crv, size] = curves.get(curve) ?? []
  if (crv === undefined || size === undefined) return null
  if (key[0] !== 0x04 || key.length !== 1 + 2 * size) return null
  return { kty: 'EC', crv, x: key.subarray(1, 1 + size), y: key.subarray(1 + size) }
}

/** The public members of a JWK (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2). */
export type PublicJwk =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

/** A certificate's key as a JWK, or null if its kind is not supported. */
export function publicKeyToJwk(key: PublicKey): PublicJwk | null {
  switch (key.kty) {
    case 'RSA':
      return { kty: 'RSA', n: toBase64url(key.modulus), e: toBase64url(key.exponent) }
    case 'EC':
      return { kty: 'EC', crv: key.crv, x: toBase64url(key.x), y: toBase64url(key.y) }
    case 'OKP':
      return { kty: 'OKP', crv: key.crv, x: toBase64url(key.x) }
    case 'unsupported':
      return null
  }
}

/** Why a key is not used. */
export type KeyRefusal =
  | { readonly reason: 'key_too_small' | 'key_too_large'; readonly bits: number }
  | { readonly reason: 'key_unsupported'; readonly algorithm: string }

/** In bits: NIST SP 800-131A; and what a verification may cost. */
const minRsaBits = 2048
const maxRsaBits = 8192
/** The time of a verification grows with the exponent's length; all but a few keys have 65537. */
const maxExponentOctets = 4

/** Whether a key may be used at all, on a path or for a client of its own: null, or why not. */
export function keyRefusal(key: PublicKey): KeyRefusal | null {
  switch (key.kty) {
    case 'RSA':
      if (key.bits < minRsaBits) return { reason: 'key_too_small', bits: key.bits }
      if (key.bits > maxRsaBits) return { reason: 'key_too_large', bits: key.bits }
      return exponentRefusal(key.exponent)
    case 'EC':
    case 'OKP':
      return null
    case 'unsupported':
      return { reason: 'key_unsupported', algorithm: key.algorithm }
  }
}

/** RFC 8017 section 3.1: odd, and at least 3; with 1 a signature is whatever the forger likes. */
function exponentRefusal(exponent: Uint8Array): KeyRefusal | null {
  if (exponent.length > maxExponentOctets) {
    return { reason: 'key_unsupported', algorithm: 'RSA with an exponent of more than 32 bits' }
  }
  const last = exponent.at(-1) ?? 0
  const one = exponent.length === 1 && last === 1
  return last % 2 === 0 || one
    ? { reason: 'key_unsupported', algorithm: 'RSA with an exponent of 1 or an even one' }
    : null
}
