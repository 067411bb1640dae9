import { decodeJwt } from 'jose'
import { toBase64url } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import type { Keyring } from '../keys/keyring.ts'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { tokenHeaderReader, type UnverifiedToken } from '../tokens/token-header.ts'
import {
  importVerificationKeys,
  type VerificationKeys,
  verificationKey,
} from '../tokens/verification-keys.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { verifyAccessToken } from '../tokens/verify-access-token.ts'
import type { TokenKey } from './d1-issued-tokens.ts'

/** Every opaque token begins with this, so that secret scanners find leaked ones. */
const prefix = 'cbt_'
const opaqueToken = /^cbt_[A-Za-z0-9_-]{43}$/

/** A new opaque token: 256 random bits (RFC 6749 section 10.10), base64url, 47 characters. */
export const newOpaqueToken = (): string =>
  prefix + toBase64url(crypto.getRandomValues(new Uint8Array(32)))

/** The key under which an opaque token is stored: base64url of its SHA-256. 256 random bits need no salt. */
export const opaqueTokenHash = (token: string): Promise<string> => sha256Base64url(utf8(token))

/** A text that may be a token of this server, and the key to look it up. */
export type PresentedToken = {
  readonly key: TokenKey
  /** For a JWT: the token to verify, and the audience that it claims. */
  readonly signed: { readonly token: UnverifiedToken; readonly audience: readonly string[] } | null
}

const algorithms: ReadonlySet<string> = new Set(signingAlgs)
const readHeader = tokenHeaderReader(algorithms)
const maxNameLength = 128

/** Parses a token without verifying it. Returns null for a text that cannot be a token of this server. */
export async function readPresentedToken(text: string): Promise<PresentedToken | null> {
  if (opaqueToken.test(text)) {
    return { key: { format: 'opaque', sha256: await opaqueTokenHash(text) }, signed: null }
  }
  const token = readHeader(text)
  const claims = token.ok ? claimsOf(text) : null
  if (!token.ok || claims === null) return null
  const { jti, client_id: clientId, aud } = claims
  if (!isName(jti) || !isName(clientId)) return null
  const audience = [aud].flat().filter((name) => typeof name === 'string')
  return {
    key: { format: 'jwt', jti, clientId, kid: token.value.kid },
    signed: { token: token.value, audience },
  }
}

function claimsOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return decodeJwt(text)
  } catch {
    return null
  }
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxNameLength

/** In seconds, between two Workers of this deployment. It does not extend the life of a token. */
const clockSkew = 5

/**
 * Verifies a JWT of this server by the published keys, retired ones included. Returns null if this server
 * did not sign it or if it has expired.
 */
export type JwtVerifier = (
  signed: NonNullable<PresentedToken['signed']>,
  keyring: Keyring,
  now: number,
) => Promise<VerifiedToken | null>

/** @param issuer of this deployment */
export function jwtVerifier(issuer: string): JwtVerifier {
  let imported: { readonly of: Keyring; readonly keys: VerificationKeys } | null = null
  return async ({ token, audience }, keyring, now) => {
    if (imported?.of !== keyring) imported = { of: keyring, keys: await importPublished(keyring) }
    const key = verificationKey(imported.keys, token)
    if (!key.ok) return null
    const verified = await verifyAccessToken(token, key.value, { issuer, audience, clockSkew }, now)
    return verified.ok && verified.value.expiresAt > now ? verified.value : null
  }
}

async function importPublished(keyring: Keyring): Promise<VerificationKeys> {
  const keys = await importVerificationKeys({ keys: keyring.published }, algorithms)
  if (!keys.ok) throw new Error(`the published keys cannot be imported: ${keys.error}`)
  return keys.value
}
