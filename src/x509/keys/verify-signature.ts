import type { Bytes } from '../../encoding/bytes.ts'
import { elementsIn, magnitudeOf } from '../../encoding/der-values.ts'
import { type PublicKey, publicKeyToJwk } from './public-key.ts'
import type { SignatureAlgorithm } from './signature-algorithm.ts'

/** A signed part, its signature, and how it was made: what certificates and CRLs have in common. */
export type Signed = {
  readonly tbs: Bytes
  readonly signature: Bytes
  readonly signatureAlgorithm: SignatureAlgorithm
}

/**
 * Whether something was signed with a key. False too if key and algorithm do not go together or
 * WebCrypto does not accept them (a point off its curve, an exponent it does not take): a throw is a
 * refusal here. The caller checks first what the key may cost ({@link keyRefusal}).
 */
export async function verifySignature(signed: Signed, key: PublicKey): Promise<boolean> {
  const { tbs, signature: encoded, signatureAlgorithm: algorithm } = signed
  const signature = key.kty === 'EC' ? rawEcdsaSignature(encoded, key.x.length) : encoded
  // As a JWK: the SubjectPublicKeyInfo may name id-RSASSA-PSS, which WebCrypto does not take.
  const jwk = publicKeyToJwk(key)
  if (!mayBeSignedBy(signed, key) || signature === null || jwk === null) return false
  const parameters = key.kty === 'EC' ? { ...algorithm, namedCurve: key.crv } : algorithm
  try {
    const imported = await crypto.subtle.importKey('jwk', jwk, parameters, false, ['verify'])
    return await crypto.subtle.verify(parameters, imported, signature, tbs)
  } catch {
    return false
  }
}

/** What excludes a key without looking at the signature's octets: that costs nothing. */
export function mayBeSignedBy(
  { signature, signatureAlgorithm: algorithm }: Signed,
  key: PublicKey,
): boolean {
  switch (algorithm.name) {
    case 'RSASSA-PKCS1-v1_5':
      // RFC 4055 section 1.2: a key of id-RSASSA-PSS is only for PSS.
      return isAsLongAs(key, signature) && key.pss === 'not_required'
    case 'RSA-PSS':
      // RFC 4055 section 3.3: the key's parameters, if it has any, must be those of the signature, but
      // for the salt, of which they say the least.
      return (
        isAsLongAs(key, signature) &&
        (typeof key.pss !== 'object' ||
          (key.pss.hash === algorithm.hash && key.pss.saltLength <= algorithm.saltLength))
      )
    case 'ECDSA':
      return key.kty === 'EC'
    case 'Ed25519':
      return key.kty === 'OKP'
    case 'weak':
    case 'unsupported':
      return false
  }
}

/** RFC 8017 sections 8.1.2 and 8.2.2: a signature is as long as the modulus. */
const isAsLongAs = (key: PublicKey, signature: Bytes): key is Extract<PublicKey, { kty: 'RSA' }> =>
  key.kty === 'RSA' && signature.length === key.modulus.length

/** In octets: two integers of the largest curve with their headers. */
const maxSignatureSize = 160

/**
 * ECDSA-Sig-Value in DER (RFC 3279 section 2.2.3) as r and s side by side, as WebCrypto wants it.
 * Strict: every signature has exactly one encoding that is accepted.
 * @param size of r and s in octets
 * @returns null if it is not DER, negative, too large, or is followed by other octets
 */
export function rawEcdsaSignature(der: Bytes, size: number): Bytes | null {
  const [first, second, ...more] = elementsIn(der, maxSignatureSize) ?? []
  const r = magnitudeOf(first)
  const s = magnitudeOf(second)
  if (r === null || s === null || more.length > 0) return null
  if (r.length > size || s.length > size) return null
  const raw = new Uint8Array(2 * size)
  raw.set(r, size - r.length)
  raw.set(s, 2 * size - s.length)
  return raw
}
