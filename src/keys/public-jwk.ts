import { utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import type { SigningAlg } from '../oauth/signing-algs.ts'

/** A public key with the members that RFC 7638 section 3.2 names, in its order, and no other. */
export type PublicJwk =
  | { readonly crv: 'P-256'; readonly kty: 'EC'; readonly x: string; readonly y: string }
  | { readonly e: string; readonly kty: 'RSA'; readonly n: string }
  | { readonly crv: 'Ed25519'; readonly kty: 'OKP'; readonly x: string }

/** A public key as the JWK Set shows it (RFC 7517 section 4). */
export type PublishedJwk = PublicJwk & {
  readonly kid: string
  readonly alg: SigningAlg
  readonly use: 'sig'
}

const octets = /^[A-Za-z0-9_-]+$/

const isOctets = (value: unknown): value is string =>
  typeof value === 'string' && octets.test(value)

/**
 * Takes the public members of a JWK, in the order of RFC 7638 section 3.3. Whatever else the JWK
 * holds, a private half for one, stays behind.
 * @returns null where the JWK is not one of `alg`
 */
export function publicMembers(
  alg: SigningAlg,
  { kty, crv, x, y, n, e }: { readonly [member: string]: unknown },
): PublicJwk | null {
  switch (alg) {
    case 'ES256':
      if (kty !== 'EC' || crv !== 'P-256' || !isOctets(x) || !isOctets(y)) return null
      return { crv, kty, x, y }
    case 'PS256':
    case 'RS256':
      if (kty !== 'RSA' || !isOctets(n) || !isOctets(e)) return null
      return { e, kty, n }
    case 'EdDSA':
      if (kty !== 'OKP' || crv !== 'Ed25519' || !isOctets(x)) return null
      return { crv, kty, x }
  }
}

/** The one text of a public key: the hash input of RFC 7638 section 3.3. It is what D1 keeps. */
export const publicJwkText = (jwk: PublicJwk): string => JSON.stringify(jwk)

/** The public key that a text of {@link publicJwkText} stands for, or null for any other text. */
export function readPublicJwk(alg: SigningAlg, text: string): PublicJwk | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null) return null
    const jwk = publicMembers(alg, { ...parsed })
    return jwk !== null && publicJwkText(jwk) === text ? jwk : null
  } catch {
    return null
  }
}

/** The key id: the RFC 7638 thumbprint of the public half, base64url. */
export const keyId = (jwk: PublicJwk): Promise<string> => sha256Base64url(utf8(publicJwkText(jwk)))
