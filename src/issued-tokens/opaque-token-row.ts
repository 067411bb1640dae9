import { type AccessTokenClaims, accessTokenClaims } from '../tokens/access-token.ts'
import { certificateConfirmation } from '../tokens/confirmation.ts'

/** A row of `opaque_tokens`; schema.sql has its rules. */
export type OpaqueTokenRow = {
  readonly issuer: string
  readonly client_id: string
  readonly jti: string
  readonly aud: string
  readonly scope: string
  readonly iat: number
  readonly exp: number
  readonly thumbprint: string | null
}

/** The columns of a token, in the order of that type. */
export const toRow = (claims: AccessTokenClaims): readonly unknown[] => [
  claims.iss,
  claims.client_id,
  claims.jti,
  JSON.stringify([claims.aud].flat()),
  claims.scope ?? '',
  claims.iat,
  claims.exp,
  claims.cnf?.['x5t#S256'] ?? null,
]

/** The claims that a row stands for, or null where it is not one that we write. */
export function claimsFromRow(row: OpaqueTokenRow): AccessTokenClaims | null {
  const [first, ...rest] = JSON.parse(row.aud)
  if (typeof first !== 'string') return null
  return accessTokenClaims({
    issuer: row.issuer,
    clientId: row.client_id,
    audience: [first, ...rest],
    scope: row.scope === '' ? [] : row.scope.split(' '),
    now: row.iat,
    expiresAt: row.exp,
    // Throws for what is no thumbprint: a token bound to something else must not come out unbound.
    confirmation: row.thumbprint === null ? null : certificateConfirmation(row.thumbprint),
    jti: row.jti,
  })
}
