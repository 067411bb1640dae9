import type { AccessTokenClaims } from '../tokens/access-token.ts'

/** The key under which a presented token is looked up. Nothing in it is verified. */
export type TokenKey =
  | { readonly format: 'opaque'; readonly sha256: string }
  | {
      readonly format: 'jwt'
      readonly jti: string
      readonly clientId: string
      /** The `kid` of its header. */
      readonly kid: string
    }

/** What the store knows about a caller and a token. Times are seconds since the epoch. */
export type TokenStatus = {
  /** Null if the client no longer exists. */
  readonly caller: Caller | null
  /** The client that the KEY named; null if it does not exist. */
  readonly holder: Holder | null
  /** The claims of an opaque token, or null. */
  readonly opaque: AccessTokenClaims | null
  /** Whether the `jti` of a JWT was revoked. */
  readonly revoked: boolean
  /** Whether the signing key of that `kid` is stored and not revoked. */
  readonly keyValid: boolean
}

/** The client that introspects. */
export type Caller = {
  readonly enabled: boolean
  /** The audiences whose tokens it may introspect. */
  readonly introspectionResources: readonly string[]
}

/** The client that a token was issued to. */
export type Holder = {
  readonly enabled: boolean
  /** Tokens issued then or earlier are not active. */
  readonly tokensRevokedBefore: number
}

/** Opaque tokens and revoked JWTs. Every method throws StoreUnavailable if D1 does not answer. */
export interface IssuedTokenStore {
  /** Keeps the claims of an opaque token. */
  keep(sha256: string, claims: AccessTokenClaims): Promise<void>
  /** Everything that decides whether a token is active, read in one batch. */
  status(callerId: string, key: TokenKey | null): Promise<TokenStatus>
  /** Revokes a JWT until it expires. Doing it again changes nothing. */
  revokeJwt(token: { jti: string; clientId: string; exp: number }, now: number): Promise<void>
  /**
   * Deletes an opaque token of a client.
   * @returns whether it is another client's and was kept; the `jti` of the deleted token
   */
  revokeOpaque(
    sha256: string,
    clientId: string,
  ): Promise<{ readonly foreign: boolean; readonly jti: string | null }>
  /** Deletes expired rows, a bounded number; the next run deletes the rest. */
  prune(now: number): Promise<void>
}
