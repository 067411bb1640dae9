import type { ClientCertificateRefusal, ProxyRefusal } from '../oauth/refusal.ts'
import type { TokenRefusal } from '../tokens/token-refusal.ts'

/**
 * Why a request is not served, with the evidence: a closed union. For the API's log; the caller gets
 * `refusalResponse` of it. Holds no token, no key and no secret.
 */
export type BoundTokenRefusal =
  | CredentialsRefusal
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

/** The request does not carry a token as RFC 6750 section 2.1 has it. */
export type CredentialsRefusal =
  | { readonly code: 'token_missing' }
  | { readonly code: 'authorization_malformed' }
  | { readonly code: 'token_in_query' }
  | { readonly code: 'token_in_body' }
  /** RFC 8470: it may be a replay. */
  | { readonly code: 'too_early'; readonly method: string }

/** The token is good, and this is not the connection that it is for. Thumbprints are x5t#S256. */
export type BindingRefusal =
  | { readonly code: 'token_unbound'; readonly clientId: string }
  | {
      /** Null where the token was not asked about. */
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

/** Whether the token is good cannot be told now. */
export type UnavailableRefusal =
  | { readonly code: 'keys_unavailable'; readonly problem: string }
  | { readonly code: 'revocation_unavailable'; readonly problem: string }
  | { readonly code: 'introspection_unavailable'; readonly problem: string }
