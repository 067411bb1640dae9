import { fromBase64, fromBase64url, toBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { type KeyRefusal, keyRefusal, parseCertificate, publicKeyToJwk } from '../x509/index.ts'

/**
 * One JWK of a client's `jwks`. What it says most exactly is what is matched: the whole certificate
 * where there is `x5c`, else the thumbprint where there is `x5t#S256`, else the public key.
 */
export type RegisteredKey = {
  /** As the operator registered it, public members only. */
  readonly jwk: Readonly<Record<string, unknown>>
} & (
  | { readonly match: 'certificate'; readonly certificate: Bytes }
  | {
      readonly match: 'thumbprint'
      readonly thumbprint: string
      /** What the same JWK says of the key, where it says it all; null otherwise. */
      readonly publicKey: string | null
    }
  | { readonly match: 'public_key'; readonly publicKey: string }
)

/** A client may roll over among this many keys. */
export const maxRegisteredKeys = 16

const keyTypes: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP'])
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Reads a JWK Set (RFC 7517 section 5) as the certificates and keys of a self-signed client.
 * @returns the keys, or everything that is wrong, a sentence each
 * @see RFC 8705 section 2.2.2
 */
export function parseRegisteredKeys(
  jwks: unknown,
): Result<readonly RegisteredKey[], readonly string[]> {
  const entries = isRecord(jwks) ? jwks.keys : undefined
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > maxRegisteredKeys) {
    return err([`jwks: want {"keys": [...]} with 1 to ${maxRegisteredKeys} JWKs`])
  }
  const keys: RegisteredKey[] = []
  const problems: string[] = []
  for (const [index, entry] of entries.entries()) {
    const key = parseKey(entry)
    if (key.ok) keys.push(key.value)
    else problems.push(`jwks.keys[${index}]: ${key.error}`)
  }
  return problems.length > 0 ? err(problems) : ok(keys)
}

/**
 * The members that identify a public key (RFC 7638 section 3.2), as one comparable text; null where
 * one is missing or not in its only spelling (RFC 7518 sections 6.2.1 and 6.3.1, RFC 8037 section 2).
 */
export function publicKeyText(jwk: Readonly<Record<string, unknown>>): string | null {
  switch (jwk.kty) {
    case 'RSA':
      return isUnsigned(jwk.n) && isUnsigned(jwk.e) ? JSON.stringify(['RSA', jwk.n, jwk.e]) : null
    case 'EC': {
      const size = typeof jwk.crv === 'string' ? coordinateSizes.get(jwk.crv) : undefined
      return isOfSize(jwk.x, size) && isOfSize(jwk.y, size)
        ? JSON.stringify(['EC', jwk.crv, jwk.x, jwk.y])
        : null
    }
    case 'OKP':
      return jwk.crv === 'Ed25519' && isOfSize(jwk.x, 32)
        ? JSON.stringify(['OKP', jwk.crv, jwk.x])
        : null
    default:
      return null
  }
}

function parseKey(jwk: unknown): Result<RegisteredKey, string> {
  if (!isRecord(jwk)) return err('want a JSON object')
  const secret = privateMembers.find((name) => name in jwk)
  if (secret !== undefined) {
    return err(
      `holds the private member ${secret}: register public keys only, and replace this key`,
    )
  }
  if (!keyTypes.has(jwk.kty)) return err('kty: want RSA, EC or OKP')
  if (jwk.use !== undefined && jwk.use !== 'sig') return err('use: want sig, or nothing')
  const publicKey = publicKeyText(jwk)
  const weak = publicKey === null ? null : weakness(jwk)
  if (weak !== null) return err(weak)
  if (jwk.x5c !== undefined) return parseCertificateKey(jwk)
  const thumbprint = jwk['x5t#S256']
  if (thumbprint !== undefined) {
    return typeof thumbprint === 'string' && fromBase64url(thumbprint)?.length === 32
      ? ok({ jwk, match: 'thumbprint', thumbprint, publicKey })
      : err('x5t#S256: want 32 octets in base64url')
  }
  return publicKey === null
    ? err('want x5c, x5t#S256 or the members of an RSA, EC or Ed25519 public key')
    : ok({ jwk, match: 'public_key', publicKey })
}

function parseCertificateKey(jwk: Record<string, unknown>): Result<RegisteredKey, string> {
  const first: unknown = Array.isArray(jwk.x5c) ? jwk.x5c[0] : undefined
  const certificate = typeof first === 'string' ? fromBase64(first) : null
  if (certificate === null) return err('x5c: want an array of base64 DER certificates')
  const parsed = parseCertificate(certificate)
  if (!parsed.ok) return err(`x5c: not a certificate: ${parsed.reason}`)
  const refusal = keyRefusal(parsed.certificate.publicKey)
  if (refusal !== null) return err(`x5c: ${describeKeyRefusal(refusal)}`)
  const inside = publicKeyToJwk(parsed.certificate.publicKey)
  if (inside === null) return err('x5c: the certificate holds a kind of key that is not supported')
  // RFC 7517 section 4.7: the key in the first certificate MUST match the other members.
  const outside = publicKeyText({ ...inside, ...jwk })
  if (outside !== publicKeyText(inside)) return err('x5c: holds another key than the JWK')
  return ok({ jwk, match: 'certificate', certificate })
}

/** Why a key that is spelt well is not taken, or null. Sizes matter for RSA alone. */
function weakness(jwk: Readonly<Record<string, unknown>>): string | null {
  if (jwk.kty !== 'RSA') return null
  const modulus = fromBase64url(String(jwk.n)) ?? new Uint8Array()
  const exponent = fromBase64url(String(jwk.e)) ?? new Uint8Array()
  // The first octet is not zero: what counts are its bits and eight for each other.
  const bits = (modulus.length - 1) * 8 + (32 - Math.clz32(modulus[0] ?? 0))
  const refusal = keyRefusal({ kty: 'RSA', bits, modulus, exponent, pss: 'not_required' })
  return refusal === null ? null : describeKeyRefusal(refusal)
}

function describeKeyRefusal(refusal: KeyRefusal): string {
  switch (refusal.reason) {
    case 'key_too_small':
      return `an RSA key of ${refusal.bits} bits is too small: want 2048 or more`
    case 'key_too_large':
      return `an RSA key of ${refusal.bits} bits is too large: want 8192 or less`
    case 'key_unsupported':
      return `a key of this kind is not supported: ${refusal.algorithm}`
  }
}

/** A JWK for a certificate: its key, the certificate itself and its thumbprint. */
export function jwkOfCertificate(
  certificate: Uint8Array,
  publicKey: Readonly<Record<string, unknown>>,
  thumbprint: string,
): Record<string, unknown> {
  return { ...publicKey, x5c: [toBase64(certificate)], 'x5t#S256': thumbprint }
}

/** RFC 7518 section 6.2.1.2: coordinates have the full size of the curve's field, in octets. */
const coordinateSizes: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
])

const isOfSize = (value: unknown, size: number | undefined): boolean =>
  typeof value === 'string' && size !== undefined && fromBase64url(value)?.length === size

/** RFC 7518 section 2: Base64urlUInt has no leading zero octet. */
const isUnsigned = (value: unknown): boolean =>
  typeof value === 'string' && (fromBase64url(value)?.[0] ?? 0) !== 0

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
