import { calculateJwkThumbprint } from 'jose'
import { fromBase64, fromBase64url, toBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import {
  type Certificate,
  type KeyRefusal,
  keyRefusal,
  parseCertificate,
  publicKeyToJwk,
  thumbprint,
} from '../x509/index.ts'

/**
 * One JWK of a client's `jwks`. Its most precise member is matched: the whole certificate of `x5c`, else
 * the thumbprint `x5t#S256`, else the public key.
 */
export type RegisteredKey = {
  /** As registered, with public members only. */
  readonly jwk: Readonly<Record<string, unknown>>
} & (
  | { readonly match: 'certificate'; readonly certificate: Bytes }
  | {
      readonly match: 'thumbprint'
      readonly thumbprint: string
      /** The public key in the same JWK; null if its members are not complete. */
      readonly publicKey: string | null
    }
  | { readonly match: 'public_key'; readonly publicKey: string }
)

/** How many keys a client may have at a time, for rollover. */
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
 * The members that identify a public key (RFC 7638 section 3.2), as one comparable text; null if one
 * is missing or not in its canonical form (RFC 7518 sections 6.2.1 and 6.3.1, RFC 8037 section 2).
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
  const given = jwk['x5t#S256']
  if (given !== undefined) {
    return typeof given === 'string' && fromBase64url(given)?.length === 32
      ? ok({ jwk, match: 'thumbprint', thumbprint: given, publicKey })
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

/** Why a well-formed key is refused, or null. Only RSA has sizes to check. */
function weakness(jwk: Readonly<Record<string, unknown>>): string | null {
  if (jwk.kty !== 'RSA') return null
  const modulus = fromBase64url(String(jwk.n)) ?? new Uint8Array()
  const exponent = fromBase64url(String(jwk.e)) ?? new Uint8Array()
  // The first octet is not zero, so the length is its bits and eight for each further octet.
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

/**
 * The first JWK whose x5t#S256 is not the thumbprint of the certificate in its x5c: it would match no
 * certificate (RFC 7517 section 4.9).
 * @returns a sentence, or null
 */
export async function thumbprintProblem(keys: readonly RegisteredKey[]): Promise<string | null> {
  for (const [index, key] of keys.entries()) {
    if (key.match !== 'certificate' || key.jwk['x5t#S256'] === undefined) continue
    if (key.jwk['x5t#S256'] !== (await thumbprint(key.certificate))) {
      return `jwks.keys[${index}]: x5t#S256 is of another certificate than x5c: leave it out`
    }
  }
  return null
}

/** A JWK for a certificate: its key, the certificate itself and its thumbprint. */
export function jwkOfCertificate(
  certificate: Uint8Array,
  publicKey: Readonly<Record<string, unknown>>,
  sha256: string,
): Record<string, unknown> {
  return { ...publicKey, x5c: [toBase64(certificate)], 'x5t#S256': sha256 }
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

/** One registered JWK as operators see it. */
export type DescribedKey = {
  /**
   * The SHA-256 that identifies it, in base64url: of its certificate (x5t#S256), or of a bare key's
   * members (RFC 7638). Null for a JWK that the Worker would not accept.
   */
  readonly id: string | null
  readonly kind: 'certificate' | 'thumbprint' | 'public key'
  readonly kty: string
  /** The registered certificate, if there is one. */
  readonly certificate: Certificate | null
}

type Jwk = Readonly<Record<string, unknown>>

/** Describes a JWK of a client's `jwks` by its most precise member, which is what is matched. */
export async function describeRegisteredKey(jwk: Jwk): Promise<DescribedKey> {
  const kty = String(jwk.kty)
  const first: unknown = Array.isArray(jwk.x5c) ? jwk.x5c[0] : undefined
  const der = typeof first === 'string' ? fromBase64(first) : null
  if (der !== null) {
    const parsed = parseCertificate(der)
    const certificate = parsed.ok ? parsed.certificate : null
    return { id: await thumbprint(der), kind: 'certificate', kty, certificate }
  }
  const given = jwk['x5t#S256']
  return typeof given === 'string'
    ? { id: given, kind: 'thumbprint', kty, certificate: null }
    : { id: await jwkThumbprint(jwk), kind: 'public key', kty, certificate: null }
}

const jwkThumbprint = (jwk: Jwk): Promise<string | null> =>
  calculateJwkThumbprint(jwk).catch(() => null)

/** The {@link DescribedKey.id} of a JWK. */
export const registeredKeyId = async (jwk: Jwk): Promise<string | null> =>
  (await describeRegisteredKey(jwk)).id
