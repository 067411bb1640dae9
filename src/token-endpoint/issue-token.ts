import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { Grant } from '../grants/grant.ts'
import type { Signer } from '../keys/keyring.ts'
import { accessTokenClaims, signAccessToken } from '../tokens/access-token.ts'
import { certificateConfirmation } from '../tokens/confirmation.ts'
import { tokenExpiry } from '../tokens/expiry.ts'

/** A token as the caller gets it, and what the log may know of it. */
export type IssuedToken = {
  /** RFC 6749 section 5.1. */
  readonly response: {
    readonly access_token: string
    /** RFC 8705 section 3 leaves the type as it is. */
    readonly token_type: 'Bearer'
    readonly expires_in: number
    readonly scope?: string
  }
  readonly record: Readonly<Record<string, unknown>>
}

/** Who issues, and for how long (seconds) at most. */
export type Issuer = { readonly issuer: string; readonly tokenTtl: number }

/**
 * Issues the access token of a grant: bound to the client's certificate unless the client is
 * registered for unbound ones, and never outliving what its proof rests on.
 * @param now seconds since the epoch
 * @see RFC 9068 section 2.2, RFC 8705 section 3.1
 */
export async function issueToken(
  { client, certificate }: AuthenticatedClient,
  grant: Grant,
  { issuer, tokenTtl: ttl }: Issuer,
  signer: Signer,
  now: number,
): Promise<IssuedToken> {
  const { thumbprint, notAfter } = certificate
  const bound = client.tls_client_certificate_bound_access_tokens
  const claims = accessTokenClaims({
    issuer,
    clientId: client.client_id,
    audience: grant.resources,
    scope: grant.scope,
    now,
    expiresAt: tokenExpiry({ now, ttl, notAfter }),
    confirmation: bound ? certificateConfirmation(thumbprint) : null,
  })
  const { client_id, jti, aud, exp, scope } = claims
  return {
    response: {
      access_token: await signAccessToken(claims, signer),
      token_type: 'Bearer',
      expires_in: exp - now,
      ...(scope === undefined ? {} : { scope }),
    },
    record: { client_id, jti, kid: signer.kid, aud, scope, exp, bound, thumbprint, notAfter },
  }
}
