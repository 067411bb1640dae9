/** Where the origin finds who calls. */
export const callerHeader = 'certbound-caller'

/** RFC 8725 section 3.11: tokens of one kind are never taken for another. */
export const callerType = 'certbound-caller+jwt'

/** How long a statement holds, in seconds: the way from the gateway to the origin. */
export const callerLifetime = 30

/** The one algorithm of the header (RFC 8037 section 3.1). */
export const callerAlg = 'EdDSA'

/** What the gateway says of a request that it verified. Times are seconds since the epoch. */
export type Caller = {
  /** The gateway's own origin. */
  readonly iss: string
  /** The origin server that it is for. */
  readonly aud: string
  readonly iat: number
  readonly exp: number
  /** Names the statement, for origins that want to see each once. */
  readonly jti: string
  readonly sub: string
  readonly client_id: string
  /** Values separated by spaces; empty where the token has none. */
  readonly scope: string
  /** What the access token is bound to (RFC 8705 section 3.1). */
  readonly cnf: { readonly 'x5t#S256': string }
  /** The request that it stands in: its method, and the URL with its query, as the origin gets it. */
  readonly method: string
  readonly target_uri: string
}
