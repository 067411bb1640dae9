import { utf8 } from '../encoding/bytes.ts'
import { isRecord } from '../encoding/is-record.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'

/** A public key with the members that RFC 7638 section 3.2 requires, in its order, and no others. */
export type PublicJwk =
  | { readonly crv: 'P-256'; readonly kty: 'EC'; readonly x: string; readonly y: string }
  | { readonly e: string; readonly kty: 'RSA'; readonly n: string }
  | { readonly crv: 'Ed25519'; readonly kty: 'OKP'; readonly x: string }

/** A public key in the JWK Set (RFC 7517 section 4). */
export type PublishedJwk = PublicJwk & {
  readonly kid: string
  readonly alg: SigningAlg
  readonly use: 'sig'
}

const isBase64url = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value)

/**
 * Copies the public members of a JWK in the order of RFC 7638 section 3.3, and nothing else: a private
 * key must not be copied.
 * @returns null if the JWK is not a key of `alg`
 */
export function publicMembers(
  alg: SigningAlg,
  { kty, crv, x, y, n, e }: Readonly<Record<string, unknown>>,
): PublicJwk | null {
  switch (alg) {
    case 'ES256':
      if (kty !== 'EC' || crv !== 'P-256' || !isBase64url(x) || !isBase64url(y)) return null
      return { crv, kty, x, y }
    case 'PS256':
    case 'RS256':
      if (kty !== 'RSA' || !isBase64url(n) || !isBase64url(e)) return null
      return { e, kty, n }
    case 'EdDSA':
      if (kty !== 'OKP' || crv !== 'Ed25519' || !isBase64url(x)) return null
      return { crv, kty, x }
  }
}

/** The canonical text of a public key, stored in D1: the hash input of RFC 7638 section 3.3. */
export const publicJwkText = (jwk: PublicJwk): string => JSON.stringify(jwk)

/** Reads a text of {@link publicJwkText}; null for any other text. */
export function readPublicJwk(alg: SigningAlg, text: string): PublicJwk | null {
  try {
    const parsed: unknown = JSON.parse(text)
    const jwk = isRecord(parsed) ? publicMembers(alg, parsed) : null
    return jwk !== null && publicJwkText(jwk) === text ? jwk : null
  } catch {
    return null
  }
}

/** The key id: the RFC 7638 thumbprint of the public key, base64url. */
export const keyId = (jwk: PublicJwk): Promise<string> => sha256Base64url(utf8(publicJwkText(jwk)))
