import { compactSigner, type Signer } from './compact-jws.ts'
import type { Confirmation } from './confirmation.ts'

/** The claims of an access token (RFC 9068 section 2.2). Times in seconds since the epoch. */
export type AccessTokenClaims = {
  readonly iss: string
  readonly sub: string
  readonly client_id: string
  readonly aud: string | string[]
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly scope?: string | undefined
  readonly cnf?: Confirmation | undefined
}

/** The content of an access token. */
export type AccessTokenContent = {
  readonly issuer: string
  readonly clientId: string
  /** RFC 8707 resources, at least one. */
  readonly audience: readonly [string, ...string[]]
  readonly scope: readonly string[]
  readonly now: number
  /** See `tokenExpiry`. */
  readonly expiresAt: number
  /** What the token is bound to; null for an unbound token. */
  readonly confirmation: Confirmation | null
  /** RFC 7519 section 4.1.7: random, so that no value is used twice. */
  readonly jti: string
}

/** The claims of a token that a client gets for itself (RFC 9068 section 2.2). */
export function accessTokenClaims(content: AccessTokenContent): AccessTokenClaims {
  const { audience, scope, confirmation } = content
  return {
    iss: content.issuer,
    // RFC 9068 section 2.2: no resource owner is involved, so the client is the subject.
    sub: content.clientId,
    client_id: content.clientId,
    // RFC 7519 section 4.1.3: a single audience may be a string; older libraries expect that.
    aud: audience.length === 1 ? audience[0] : [...audience],
    iat: content.now,
    exp: content.expiresAt,
    jti: content.jti,
    // RFC 6749 section 3.3: a scope has at least one token. JSON omits undefined members.
    scope: scope.length === 0 ? undefined : scope.join(' '),
    cnf: confirmation ?? undefined,
  }
}

/**
 * Signs an access token as a compact JWS (RFC 7515 section 7.1). RFC 9068 section 2.1: the media type
 * tells it from an ID token.
 */
export const signAccessToken: (claims: AccessTokenClaims, signer: Signer) => Promise<string> =
  compactSigner('at+jwt')
