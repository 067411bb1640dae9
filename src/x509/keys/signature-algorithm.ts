import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { type DerNode, tags } from '../../encoding/der-reader.ts'
import { elementsIn, elementsOf, oidOf, smallIntegerOf } from '../../encoding/der-values.ts'
import { type Element, oidField, schemaOf } from '../schema.ts'

/** AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
export const algorithmSchema = schemaOf<AlgorithmIdentifier>(
  { algorithm: oidField },
  AlgorithmIdentifier,
)

/** In DER; null for NULL, undefined if there are none. */
export type AlgorithmParameters = AlgorithmIdentifier['parameters']

/** The hashes that signatures may use. */
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** RSASSA-PSS-params that can be used: MGF1 with the same hash, trailer 1. */
export type PssParameters = { readonly hash: Hash; readonly saltLength: number }

/** How a certificate is signed. */
export type SignatureAlgorithm =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: Hash }
  | { readonly name: 'RSA-PSS'; readonly hash: Hash; readonly saltLength: number }
  | { readonly name: 'ECDSA'; readonly hash: Hash }
  | { readonly name: 'Ed25519' }
  /** Broken, and refused under its name. */
  | { readonly name: 'weak'; readonly algorithm: string }
  /** Unknown, or with parameters that are not supported; the OID. */
  | { readonly name: 'unsupported'; readonly algorithm: string }

const rsa: ReadonlyMap<string, Hash> = new Map([
  ['1.2.840.113549.1.1.11', 'SHA-256'],
  ['1.2.840.113549.1.1.12', 'SHA-384'],
  ['1.2.840.113549.1.1.13', 'SHA-512'],
])

const ecdsa: ReadonlyMap<string, Hash> = new Map([
  ['1.2.840.10045.4.3.2', 'SHA-256'],
  ['1.2.840.10045.4.3.3', 'SHA-384'],
  ['1.2.840.10045.4.3.4', 'SHA-512'],
])

const weak: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.2', 'md2WithRSAEncryption'],
  ['1.2.840.113549.1.1.3', 'md4WithRSAEncryption'],
  ['1.2.840.113549.1.1.4', 'md5WithRSAEncryption'],
  ['1.2.840.113549.1.1.5', 'sha1WithRSAEncryption'],
  ['1.3.14.3.2.29', 'sha1WithRSASignature'],
  ['1.2.840.10045.4.1', 'ecdsa-with-SHA1'],
  ['1.2.840.10040.4.3', 'dsa-with-sha1'],
])

/** Reads AlgorithmIdentifier (RFC 5280 section 4.1.1.2); null if it is malformed. */
export function readSignatureAlgorithm(element: Element | null): SignatureAlgorithm | null {
  const read = element?.as(algorithmSchema)
  if (read == null) return null
  const { algorithm, parameters } = read
  return known(algorithm, parameters) ?? { name: 'unsupported', algorithm }
}

function known(oid: string, parameters: AlgorithmParameters): SignatureAlgorithm | null {
  const weakName = weak.get(oid)
  if (weakName !== undefined) return { name: 'weak', algorithm: weakName }
  const rsaHash = rsa.get(oid)
  if (rsaHash !== undefined) {
    // RFC 4055 section 5: NULL; "MUST accept the parameters being absent as well as present".
    return parameters == null ? { name: 'RSASSA-PKCS1-v1_5', hash: rsaHash } : null
  }
  if (oid === '1.2.840.113549.1.1.10') {
    const pss = parameters == null ? null : readPssParameters(parameters)
    return pss === null ? null : { name: 'RSA-PSS', ...pss }
  }
  if (parameters !== undefined) return null // RFC 5758 section 3.2, RFC 8410 section 3
  const ecdsaHash = ecdsa.get(oid)
  if (ecdsaHash !== undefined) return { name: 'ECDSA', hash: ecdsaHash }
  return oid === '1.3.101.112' ? { name: 'Ed25519' } : null
}

const hashes: ReadonlyMap<string | null, Hash> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'SHA-256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA-384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA-512'],
])

const mgf1 = '1.2.840.113549.1.1.8'

/** In octets: twice what hash, mask generation and salt length take. */
const maxSize = 128

/** In octets. More than any hash needs; larger salts are refused. */
const maxSaltLength = 64

/**
 * Reads RSASSA-PSS-params (RFC 4055 section 3.1). The defaults are SHA-1: where hash or mask
 * generation are left out, null, as for all else that WebCrypto cannot do.
 */
export function readPssParameters(der: ArrayBuffer): PssParameters | null {
  const members = elementsIn(new Uint8Array(der), maxSize)
  if (members === null) return null
  const numbers = members.map((member) => member.tag).join()
  // In order, each explicit; trailerField (3) has one legal value, its default, and is not encoded.
  if (numbers !== '160,161,162' && numbers !== '160,161') return null
  const [hashMember, maskMember, saltMember] = members
  const hash = readHash(only(hashMember))
  const mask = elementsOf(only(maskMember)) ?? []
  if (mask.length !== 2 || oidOf(mask[0]) !== mgf1) return null
  if (hash === null || readHash(mask[1]) !== hash) return null
  const saltLength = saltMember === undefined ? 20 : smallIntegerOf(only(saltMember))
  return saltLength === null || saltLength > maxSaltLength ? null : { hash, saltLength }
}

const only = (node: DerNode | undefined): DerNode | undefined =>
  node?.children.length === 1 ? node.children[0] : undefined

/** RFC 4055 section 2.1: NULL parameters, or none, which "MUST" be accepted as well. */
function readHash(node: DerNode | undefined): Hash | null {
  const [oid, parameters, ...more] = elementsOf(node) ?? []
  if (more.length > 0 || (parameters !== undefined && parameters.tag !== tags.null)) return null
  return hashes.get(oidOf(oid)) ?? null
}
