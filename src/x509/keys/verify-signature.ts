import { toBase64url } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { readDer } from '../../encoding/der-reader.ts'
import { elementsOf, magnitudeOf } from '../../encoding/der-values.ts'
import { concat } from '../../encoding/der-writer.ts'
import type { PublicKey } from './public-key.ts'
import type { SignatureAlgorithm } from './signature-algorithm.ts'

/** A WebCrypto key; the name differs between the types of Node and of Workers. */
type VerificationKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** A signed part, its signature, and how it was made: what certificates and CRLs have in common. */
export type Signed = {
  readonly tbs: Bytes
  readonly signature: Bytes
  readonly signatureAlgorithm: SignatureAlgorithm
}

/**
 * Whether something was signed with a key. False too where key and algorithm do not go together or
 * WebCrypto will have nothing to do with them (a point off its curve, an exponent it does not take):
 * a throw is a refusal here. What the key may cost is for the caller to ask first ({@link keyRefusal}).
 */
export async function verifySignature(signed: Signed, key: PublicKey): Promise<boolean> {
  const { tbs: octets, signature, signatureAlgorithm: algorithm } = signed
  try {
    switch (algorithm.name) {
      case 'RSASSA-PKCS1-v1_5':
        return key.kty === 'RSA' && (await verifyPkcs1(key, algorithm, signature, octets))
      case 'RSA-PSS':
        return key.kty === 'RSA' && (await verifyPss(key, algorithm, signature, octets))
      case 'ECDSA':
        return key.kty === 'EC' && (await verifyEcdsa(key, algorithm, signature, octets))
      case 'Ed25519':
        return key.kty === 'OKP' && (await verifyEd25519(key, signature, octets))
      case 'weak':
      case 'unsupported':
        return false
    }
  } catch {
    return false
  }
}

type RsaKey = Extract<PublicKey, { kty: 'RSA' }>
type By<Name> = Extract<SignatureAlgorithm, { name: Name }>

async function verifyPkcs1(
  key: RsaKey,
  { name, hash }: By<'RSASSA-PKCS1-v1_5'>,
  signature: Bytes,
  octets: Bytes,
): Promise<boolean> {
  // RFC 4055 section 1.2: a key of id-RSASSA-PSS is for PSS alone.
  if (key.pss !== 'not_required') return false
  const imported = await importRsa(key, { name, hash })
  return crypto.subtle.verify(name, imported, signature, octets)
}

async function verifyPss(
  key: RsaKey,
  { name, hash, saltLength }: By<'RSA-PSS'>,
  signature: Bytes,
  octets: Bytes,
): Promise<boolean> {
  // RFC 4055 section 3.3: the key's parameters, if it has any, must be those of the signature, but
  // for the salt, of which they say the least.
  if (typeof key.pss === 'object' && (key.pss.hash !== hash || key.pss.saltLength > saltLength)) {
    return false
  }
  const imported = await importRsa(key, { name, hash })
  return crypto.subtle.verify({ name, saltLength }, imported, signature, octets)
}

/** As a JWK: the SubjectPublicKeyInfo may name id-RSASSA-PSS, which WebCrypto does not take. */
function importRsa(
  { modulus, exponent }: RsaKey,
  algorithm: { name: string; hash: string },
): Promise<VerificationKey> {
  const jwk = { kty: 'RSA', n: toBase64url(modulus), e: toBase64url(exponent) }
  return crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
}

async function verifyEcdsa(
  { crv, x, y }: Extract<PublicKey, { kty: 'EC' }>,
  algorithm: By<'ECDSA'>,
  signature: Bytes,
  octets: Bytes,
): Promise<boolean> {
  const raw = rawEcdsaSignature(signature, x.length)
  if (raw === null) return false
  const point = concat(Uint8Array.of(0x04), x, y)
  const parameters = { name: 'ECDSA', namedCurve: crv }
  const imported = await crypto.subtle.importKey('raw', point, parameters, false, ['verify'])
  return crypto.subtle.verify(algorithm, imported, raw, octets)
}

async function verifyEd25519(
  { x }: Extract<PublicKey, { kty: 'OKP' }>,
  signature: Bytes,
  octets: Bytes,
): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', x, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', imported, signature, octets)
}

/** In octets: two integers of the largest curve with their headers. */
const maxSignatureSize = 160

/**
 * ECDSA-Sig-Value in DER (RFC 3279 section 2.2.3) as r and s side by side, as WebCrypto wants it.
 * Strict: every signature has exactly one encoding that is accepted.
 * @param size of r and s in octets
 * @returns null where it is not DER, negative, too large, or has anything behind it
 */
export function rawEcdsaSignature(der: Bytes, size: number): Bytes | null {
  const node = readDer(der, maxSignatureSize)
  const [first, second, ...more] = (node.ok ? elementsOf(node.value) : null) ?? []
  const r = magnitudeOf(first)
  const s = magnitudeOf(second)
  if (r === null || s === null || more.length > 0) return null
  if (r.length > size || s.length > size) return null
  const raw = new Uint8Array(2 * size)
  raw.set(r, size - r.length)
  raw.set(s, 2 * size - s.length)
  return raw
}
