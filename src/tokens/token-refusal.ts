/**
 * Why a token is refused, with the evidence: a closed union. It is for the log; the caller only learns that
 * the token is invalid. It never contains the token. Times are seconds since the epoch.
 */
export type TokenRefusal =
  | { readonly code: 'token_too_large'; readonly limit: number }
  | { readonly code: 'token_malformed'; readonly problem: string }
  /** A header that RFC 9068 does not allow, or with a member that is not understood. */
  | { readonly code: 'token_type'; readonly type: string }
  | { readonly code: 'token_algorithm'; readonly algorithm: string }
  | { readonly code: 'token_key_id'; readonly problem: string }
  | { readonly code: 'token_header_member'; readonly member: string }
  /** No key of the issuer has this kid, or the key of this kid is for another algorithm. */
  | { readonly code: 'token_key_unknown'; readonly kid: string }
  | { readonly code: 'token_key_algorithm'; readonly kid: string; readonly algorithm: string }
  | { readonly code: 'token_signature'; readonly kid: string }
  | { readonly code: 'token_claim'; readonly claim: string; readonly problem: string }
  | { readonly code: 'token_issuer'; readonly issuer: string }
  | { readonly code: 'token_audience'; readonly audience: readonly string[] }
  | { readonly code: 'token_expired'; readonly expiresAt: number; readonly now: number }
  | { readonly code: 'token_not_yet_valid'; readonly validFrom: number; readonly now: number }
  | { readonly code: 'token_confirmation'; readonly members: readonly string[] }
  /** The authorization server says so (RFC 7662 section 2.2), without a reason. */
  | { readonly code: 'token_inactive' }

const maxExcerptLength = 128

/** A value from a token, short enough for a log line. */
export const excerpt = (value: unknown): string =>
  (typeof value === 'string' ? value : typeof value).slice(0, maxExcerptLength)
