import { compactSigner } from '../tokens/compact-jws.ts'
import type { Introspected } from './introspect.ts'

/** The media type of a signed answer (RFC 9701 section 10.3). */
export const introspectionJwtType = 'application/token-introspection+jwt'

const sign = compactSigner('token-introspection+jwt')

/**
 * Signs the answer to an introspection, for the caller alone: the compact JWS.
 * @param now seconds since the epoch
 * @see RFC 9701 section 5
 */
export function signIntrospection(
  { body, clientId, signer }: Introspected,
  issuer: string,
  now: number,
): Promise<string> {
  // Section 5: no sub and no exp on top, so that nobody takes it for an access token.
  return sign({ iss: issuer, aud: clientId, iat: now, token_introspection: body }, signer)
}
