import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { Grant } from '../grants/grant.ts'
import type { IssuedTokenStore } from '../issued-tokens/d1-issued-tokens.ts'
import { newOpaqueToken, opaqueTokenHash } from '../issued-tokens/presented-token.ts'
import type { RequestContext } from '../request-context.ts'
import {
  type AccessTokenClaims,
  accessTokenClaims,
  signAccessToken,
} from '../tokens/access-token.ts'
import type { Signer } from '../tokens/compact-jws.ts'
import type { Confirmation } from '../tokens/confirmation.ts'
import { tokenExpiry } from '../tokens/expiry.ts'
import type { RequestRecord } from './reply.ts'

/** The response with a token, and its log record. */
export type IssuedToken = {
  /** RFC 6749 section 5.1. */
  readonly response: {
    readonly access_token: string
    /** Also for a bound token: RFC 8705 section 3 defines no other type. */
    readonly token_type: 'Bearer'
    readonly expires_in: number
    readonly scope?: string | undefined
  }
  readonly record: RequestRecord
}

/** What it takes to issue tokens. */
export type TokenIssuer = {
  readonly issuer: string
  /** The longest lifetime of a token, in seconds. */
  readonly tokenTtl: number
  /** Keeps the claims of opaque tokens. */
  readonly tokens: Pick<IssuedTokenStore, 'keep'>
}

/**
 * Issues the access token of a grant. It never outlives the proof of its client.
 * @param binding see `tokenBinding`
 * @param context its `requestId` is the token's `jti`, so that the log line of a token can be found
 * @throws StoreUnavailable if an opaque token could not be stored
 * @see RFC 9068 section 2.2, RFC 8705 sections 3.1 and 3.2
 */
export async function issueToken(
  { client, proof }: AuthenticatedClient,
  grant: Grant,
  binding: Confirmation | null,
  { issuer, tokenTtl: ttl, tokens }: TokenIssuer,
  signer: Signer,
  { now, requestId: jti }: Pick<RequestContext, 'now' | 'requestId'>,
): Promise<IssuedToken> {
  const { validUntil } = proof
  const claims = accessTokenClaims({
    issuer,
    clientId: client.client_id,
    audience: grant.resources,
    scope: grant.scope,
    now,
    expiresAt: tokenExpiry({ now, ttl, notAfter: validUntil }),
    confirmation: binding,
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
      bound: binding !== null,
      thumbprint: proof.certificate?.thumbprint,
      not_after: validUntil,
    },
  }
}

/** An opaque token becomes valid when its row is written. */
async function keepOpaque(
  claims: AccessTokenClaims,
  tokens: TokenIssuer['tokens'],
): Promise<string> {
  const token = newOpaqueToken()
  await tokens.keep(await opaqueTokenHash(token), claims)
  return token
}
