import type { AccessTokenClaims } from '../tokens/access-token.ts'

/** By what a token that was presented is looked up; unverified, and never the token itself. */
export type TokenKey =
  | { readonly format: 'opaque'; readonly sha256: string }
  | {
      readonly format: 'jwt'
      readonly jti: string
      readonly clientId: string
      /** The `kid` of its header. */
      readonly kid: string
    }

/** What the store says of one question: who asks, and about what. Times are seconds since the epoch. */
export type Standing = {
  /** Null where there is no such client any more. */
  readonly caller: Caller | null
  /** Null where the token's client is unknown; of the client that the KEY named. */
  readonly holder: Holder | null
  /** What an opaque token stands for, null where there is none. */
  readonly opaque: AccessTokenClaims | null
  /** Whether the `jti` of a JWT was revoked. */
  readonly revoked: boolean
  /** Whether the key of that `kid` is stored and not revoked. */
  readonly keyStands: boolean
}

/** Who asks. */
export type Caller = {
  readonly enabled: boolean
  /** Whose tokens it may introspect: audiences. */
  readonly introspectionResources: readonly string[]
}

/** Whom a token was issued to. */
export type Holder = {
  readonly enabled: boolean
  /** Tokens issued then or earlier are not active. */
  readonly tokensRevokedBefore: number
}

/** The tokens that must be known. Every method throws StoreUnavailable where D1 does not answer. */
export interface IssuedTokenStore {
  /** Keeps what an opaque token stands for. */
  keep(sha256: string, claims: AccessTokenClaims): Promise<void>
  /** All that decides whether a token is active, of one moment. */
  standing(callerId: string, key: TokenKey | null): Promise<Standing>
  /** Denies a JWT until it expires; again is no fault. */
  revokeJwt(token: { jti: string; clientId: string; exp: number }, now: number): Promise<void>
  /**
   * Forgets an opaque token of a client.
   * @returns whose it is where it is another's, and is kept; the `jti` of what was forgotten
   */
  revokeOpaque(
    sha256: string,
    clientId: string,
  ): Promise<{ readonly foreign: boolean; readonly jti: string | null }>
  /** Deletes what has expired, a bounded number of rows; the next run takes the rest. */
  prune(now: number): Promise<void>
}
