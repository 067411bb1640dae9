import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { type Element, oidField, schemaOf } from '../schema.ts'
import { type Hash, readPssParameters } from './pss-parameters.ts'

/** AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
export const algorithmSchema = schemaOf<AlgorithmIdentifier>(
  { algorithm: oidField },
  AlgorithmIdentifier,
)

/** In DER; null for NULL, undefined where there are none. */
export type AlgorithmParameters = AlgorithmIdentifier['parameters']

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
