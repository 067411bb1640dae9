import { type CryptoKey, compactVerify, errors } from 'jose'
import { fromUtf8 } from '../encoding/bytes.ts'
import { err, type Result } from '../encoding/result.ts'
import { parseObject, type UnverifiedToken } from './token-header.ts'
import type { TokenRefusal } from './token-refusal.ts'
import { type Expected, readVerifiedClaims, type VerifiedToken } from './verified-token.ts'

/**
 * Verifies an access token: first its signature, then its claims. No clock, no I/O.
 * @param token its header, read by `tokenHeaderReader`
 * @param key the issuer's key of the token's `kid`, imported for the token's `alg`
 * @param now seconds since the epoch
 * @see RFC 9068 section 4
 */
export async function verifyAccessToken(
  token: UnverifiedToken,
  key: CryptoKey,
  expected: Expected,
  now: number,
): Promise<Result<VerifiedToken, TokenRefusal>> {
  const payload = await signedPayload(token, key)
  if (payload === null) return err({ code: 'token_signature', kid: token.kid })
  const text = fromUtf8(payload)
  const claims = text === null ? null : parseObject(text)
  return claims === null
    ? err({ code: 'token_malformed', problem: 'the claims are no object' })
    : readVerifiedClaims(claims, expected, now)
}

/** The signed octets, or null if the signature is invalid. */
async function signedPayload(
  { text, alg }: UnverifiedToken,
  key: CryptoKey,
): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(text, key, { algorithms: [alg] })).payload
  } catch (fault) {
    // A key of another algorithm is a bug of the caller.
    if (fault instanceof errors.JOSEError) return null
    throw fault
  }
}
