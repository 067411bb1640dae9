import { decodeJwt } from 'jose'
import { type Keyring, publicJwks } from '../keys/keyring.ts'
import { signingAlgs } from '../oauth/signing-algs.ts'
import { tokenHeaderReader, type UnverifiedToken } from '../tokens/token-header.ts'
import {
  importVerificationKeys,
  type VerificationKeys,
  verificationKey,
} from '../tokens/verification-keys.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { verifyAccessToken } from '../tokens/verify-access-token.ts'
import type { TokenKey } from './issued-token-store.ts'
import { isOpaqueToken, opaqueTokenHash } from './opaque-token.ts'

/** A text that may be a token of ours, and by what it is looked up. */
export type PresentedToken = {
  readonly key: TokenKey
  /** Of a JWT: what is to be verified, and the audience that it claims. */
  readonly signed: { readonly token: UnverifiedToken; readonly audience: readonly string[] } | null
}

const algorithms: ReadonlySet<string> = new Set(signingAlgs)
const readHeader = tokenHeaderReader(algorithms)
const longestName = 128

/** Takes a text apart without believing any of it; null for what cannot be a token of ours. */
export async function readPresentedToken(text: string): Promise<PresentedToken | null> {
  if (isOpaqueToken(text)) {
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
  typeof value === 'string' && value !== '' && value.length <= longestName

/** So far may the clocks of two of our Workers be apart, in seconds; it makes no token live longer. */
const clockSkew = 5

/**
 * Makes a function that verifies a JWT of ours by the keyring of the moment, retired keys included.
 * @param issuer the deployment's own
 * @returns a function that gives the token, or null where we did not sign it or it has expired
 */
export function jwtVerifier(issuer: string) {
  let imported: { readonly of: Keyring; readonly keys: VerificationKeys } | null = null
  return async (
    { token, audience }: NonNullable<PresentedToken['signed']>,
    keyring: Keyring,
    now: number,
  ): Promise<VerifiedToken | null> => {
    const known = imported?.of === keyring ? imported.keys : null
    const keys = known ?? (await importPublished(keyring))
    imported = { of: keyring, keys }
    const key = verificationKey(keys, token)
    if (!key.ok) return null
    const verified = await verifyAccessToken(token, key.value, { issuer, audience, clockSkew }, now)
    return verified.ok && verified.value.expiresAt > now ? verified.value : null
  }
}

async function importPublished(keyring: Keyring): Promise<VerificationKeys> {
  const keys = await importVerificationKeys(publicJwks(keyring), algorithms)
  if (!keys.ok) throw new Error(`our own keys cannot be imported: ${keys.error}`)
  return keys.value
}
