import { err, ok, type Result } from '../encoding/result.ts'
import type { AccessTokenClaims } from '../tokens/access-token.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import type { Caller, TokenStatus } from './d1-issued-tokens.ts'

/** The answer for an active token (RFC 7662 section 2.2). `aud` has only the caller's own resources. */
export type ActiveToken = Omit<AccessTokenClaims, 'aud'> & {
  readonly active: true
  readonly token_type: 'Bearer'
  readonly aud: string | readonly string[]
}

/** Why a token is not active: for the log only. */
export type Inactive =
  | 'not_a_token_of_ours'
  | 'expired'
  | 'signing_key_revoked'
  | 'revoked'
  | 'client_removed'
  | 'client_disabled'
  | 'client_tokens_revoked'
  | 'another_audience'

/**
 * Whether a token is active for the caller.
 * @param signed the verified token if it is a JWT; null for an opaque token
 * @param now seconds since the epoch
 * @see RFC 7662 section 2.2
 */
export function activeToken(
  signed: VerifiedToken | null,
  caller: Caller,
  status: TokenStatus,
  { issuer, now }: { readonly issuer: string; readonly now: number },
): Result<ActiveToken, Inactive> {
  const claims = signed === null ? status.opaque : claimsOf(signed)
  if (claims === null || claims.iss !== issuer) return err('not_a_token_of_ours')
  if (claims.exp <= now) return err('expired')
  if (signed !== null && !status.keyValid) return err('signing_key_revoked')
  if (signed !== null && status.revoked) return err('revoked')
  const { holder } = status
  if (holder === null) return err('client_removed')
  if (!holder.enabled) return err('client_disabled')
  if (claims.iat <= holder.tokensRevokedBefore) return err('client_tokens_revoked')
  // Section 4: a resource server does not learn the token's other audiences.
  const audience = [claims.aud]
    .flat()
    .filter((name) => caller.introspectionResources.includes(name))
  const [first] = audience
  if (first === undefined) return err('another_audience')
  const aud = audience.length === 1 ? first : audience
  return ok({ active: true, token_type: 'Bearer', ...claims, aud })
}

const claimsOf = (token: VerifiedToken): AccessTokenClaims => ({
  iss: token.issuer,
  sub: token.subject,
  client_id: token.clientId,
  aud: [...token.audience],
  iat: token.issuedAt,
  exp: token.expiresAt,
  jti: token.id,
  ...(token.scope.length === 0 ? {} : { scope: token.scope.join(' ') }),
  ...(token.thumbprint === null ? {} : { cnf: { 'x5t#S256': token.thumbprint } }),
})
