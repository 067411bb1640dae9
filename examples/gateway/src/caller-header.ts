/** The header that names the caller to the origin. */
export const callerHeader = 'certbound-caller'

/** RFC 8725 section 3.11: an explicit type, so that no other token is accepted instead. */
export const callerType = 'certbound-caller+jwt'

/** The lifetime of a caller statement in seconds: enough for the way to the origin. */
export const callerLifetime = 30

/** The only algorithm of the statement (RFC 8037 section 3.1). */
export const callerAlg = 'EdDSA'

/** The gateway's statement about a verified request. Times are seconds since the epoch. */
export type Caller = {
  /** The gateway's own origin. */
  readonly iss: string
  /** The origin server. */
  readonly aud: string
  readonly iat: number
  readonly exp: number
  /** Identifies the statement, for origins that accept each one only once. */
  readonly jti: string
  readonly sub: string
  readonly client_id: string
  /** Values separated by spaces; empty if the token has none. */
  readonly scope: string
  /** The binding of the access token (RFC 8705 section 3.1). */
  readonly cnf: { readonly 'x5t#S256': string }
  /** The request's method, and its URL with the query, as the origin gets them. */
  readonly method: string
  readonly target_uri: string
}
