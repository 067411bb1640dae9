import { err, ok, type Result } from '../encoding/result.ts'
import type { AccessTokenClaims } from '../tokens/access-token.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import type { Caller, Standing } from './issued-token-store.ts'

/** A token that is good now, as RFC 7662 section 2.2 says it; aud holds only what the caller answers for. */
export type ActiveToken = Omit<AccessTokenClaims, 'aud'> & {
  readonly active: true
  readonly token_type: 'Bearer'
  readonly aud: string | readonly string[]
}

/** Why a token is not active: for the log alone. */
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
 * Whether a token is active for who asks.
 * @param signed the token where it is a JWT that we signed
 * @param now seconds since the epoch
 * @see RFC 7662 section 2.2
 */
export function judgeToken(
  signed: VerifiedToken | null,
  caller: Caller,
  standing: Standing,
  { issuer, now }: { readonly issuer: string; readonly now: number },
): Result<ActiveToken, Inactive> {
  const claims = signed === null ? standing.opaque : claimsOf(signed)
  if (claims === null || claims.iss !== issuer) return err('not_a_token_of_ours')
  if (claims.exp <= now) return err('expired')
  if (signed !== null && !standing.keyStands) return err('signing_key_revoked')
  if (signed !== null && standing.revoked) return err('revoked')
  const { holder } = standing
  if (holder === null) return err('client_removed')
  if (!holder.enabled) return err('client_disabled')
  if (claims.iat <= holder.tokensRevokedBefore) return err('client_tokens_revoked')
  // Section 4: one resource server need not learn of the others.
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
