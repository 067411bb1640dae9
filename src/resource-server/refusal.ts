import type { ClientCertificateRefusal, ProxyRefusal } from '../oauth/refusal.ts'
import type { TokenRefusal } from '../tokens/token-refusal.ts'

/**
 * Why a request is refused, with the evidence: a closed union for the API's log. The caller gets the
 * response of `refusalResponse`. A refusal contains no token, key or secret.
 */
export type BoundTokenRefusal =
  | BearerRefusal
  | TokenRefusal
  | BindingRefusal
  | ProxyRefusal
  | UnavailableRefusal
  | {
      readonly code: 'scope_insufficient'
      readonly clientId: string
      readonly required: readonly string[]
      readonly granted: readonly string[]
    }
  | { readonly code: 'token_revoked'; readonly id: string; readonly clientId: string }

/** The request does not carry a token in the form of RFC 6750 section 2.1. */
export type BearerRefusal =
  | { readonly code: 'token_missing' }
  | { readonly code: 'authorization_malformed' }
  | { readonly code: 'token_in_query' }
  | { readonly code: 'token_in_body' }
  /** RFC 8470: the request may be a replay. */
  | { readonly code: 'too_early'; readonly method: string }

/** The token is valid, but not bound to this connection. Thumbprints are x5t#S256. */
export type BindingRefusal =
  | { readonly code: 'token_unbound'; readonly clientId: string }
  | {
      /** Null if the token was not introspected. */
      readonly code: 'binding_certificate_missing'
      readonly clientId: string | null
      readonly bound: string | null
    }
  | {
      readonly code: 'binding_mismatch'
      readonly clientId: string
      readonly bound: string
      readonly presented: string
    }
  | Extract<
      ClientCertificateRefusal,
      { readonly code: 'certificate_unreadable' | 'certificate_revoked_at_edge' }
    >

/** The API cannot find out now whether the token is valid. */
export type UnavailableRefusal =
  | { readonly code: 'keys_unavailable'; readonly problem: string }
  | { readonly code: 'revocation_unavailable'; readonly problem: string }
  | { readonly code: 'introspection_unavailable'; readonly problem: string }
