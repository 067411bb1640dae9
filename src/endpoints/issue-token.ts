import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { Grant } from '../grants/grant.ts'
import type { IssuedTokenStore } from '../issued-tokens/issued-token-store.ts'
import { newOpaqueToken, opaqueTokenHash } from '../issued-tokens/opaque-token.ts'
import type { Signer } from '../keys/keyring.ts'
import type { RequestContext } from '../request-context.ts'
import {
  type AccessTokenClaims,
  accessTokenClaims,
  signAccessToken,
} from '../tokens/access-token.ts'
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
    readonly scope?: string | undefined
  }
  readonly record: {
    readonly code: 'token_issued'
    readonly client_id: string
    readonly jti: string
    /** Null: no key signed it. */
    readonly kid: string | null
    readonly aud: string | readonly string[]
    readonly scope: string | undefined
    readonly exp: number
    readonly bound: boolean
    readonly thumbprint: string
    readonly not_after: number
  }
}

/** Who issues, for how long (seconds) at most, and where a token is kept that no signature makes good. */
export type Issuer = {
  readonly issuer: string
  readonly tokenTtl: number
  readonly tokens: Pick<IssuedTokenStore, 'keep'>
}

/**
 * Issues the access token of a grant: bound to the client's certificate unless the client is
 * registered for unbound ones, and never outliving what its proof rests on.
 * @param context its `requestId` is the token's `jti`: each finds the other, and the line of the log
 * @throws StoreUnavailable where an opaque token could not be kept
 * @see RFC 9068 section 2.2, RFC 8705 sections 3.1 and 3.2
 */
export async function issueToken(
  { client, certificate }: AuthenticatedClient,
  grant: Grant,
  { issuer, tokenTtl: ttl, tokens }: Issuer,
  signer: Signer,
  { now, requestId: jti }: Pick<RequestContext, 'now' | 'requestId'>,
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
    jti,
  })
  const { client_id, aud, exp, scope } = claims
  const opaque = client.access_token_format === 'opaque'
  return {
    response: {
      access_token: await (opaque ? keepOpaque(claims, tokens) : signAccessToken(claims, signer)),
      token_type: 'Bearer',
      expires_in: exp - now,
      scope,
    },
    record: {
      code: 'token_issued',
      client_id,
      jti,
      kid: opaque ? null : signer.kid,
      aud,
      scope,
      exp,
      bound,
      thumbprint,
      not_after: notAfter,
    },
  }
}

/** A token that is worth something only once its row is written. */
async function keepOpaque(claims: AccessTokenClaims, tokens: Issuer['tokens']): Promise<string> {
  const token = newOpaqueToken()
  await tokens.keep(await opaqueTokenHash(token), claims)
  return token
}
