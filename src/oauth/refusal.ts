import type { FormRefusal } from './form.ts'
import type { PresentedCredentialsRefusal } from './presented-credentials.ts'

/**
 * Why a request was refused, with the evidence: a closed union. The log gets all of it, the caller gets
 * what `toWire` makes of it. Codes are stable; docs/log-codes.md explains each.
 */
export type Refusal =
  | RequestRefusal
  | FormRefusal
  | PresentedCredentialsRefusal
  | ClientRefusal
  | ClientCertificateRefusal
  | ProxyRefusal
  | GrantRefusal
  | TokenRequestRefusal
  | ServiceRefusal

/** The request is not valid at this host, path or method, or it is over a rate. */
export type RequestRefusal =
  | { readonly code: 'host_unknown'; readonly host: string }
  | { readonly code: 'transport_insecure'; readonly protocol: string; readonly tlsVersion: string }
  | { readonly code: 'path_unknown'; readonly path: string }
  | { readonly code: 'method_not_allowed'; readonly method: string; readonly allow: string }
  | { readonly code: 'query_present' }
  | { readonly code: 'early_data'; readonly method: string }
  | { readonly code: 'rate_limited'; readonly by: 'address' | 'client'; readonly key: string }

/** The request names no enabled client, or uses an authentication method that is not supported. */
export type ClientRefusal =
  | {
      readonly code: 'authentication_methods'
      readonly clientId: string | null
      readonly methods: readonly string[]
    }
  | {
      readonly code: 'authentication_method'
      readonly clientId: string | null
      readonly methods: readonly string[]
    }
  | { readonly code: 'client_id_missing' }
  | { readonly code: 'client_unknown'; readonly clientId: string }
  | { readonly code: 'client_disabled'; readonly clientId: string }

/** The presented certificate does not prove the client. Times are seconds since the epoch. */
export type ClientCertificateRefusal =
  | { readonly code: 'certificate_missing'; readonly clientId: string | null }
  | {
      readonly code: 'certificate_unreadable'
      readonly problem: string
      readonly thumbprint: string | null
    }
  | {
      readonly code: 'certificate_too_large'
      readonly clientId: string
      readonly thumbprint: string
    }
  | {
      readonly code: 'certificate_chain_too_large'
      readonly clientId: string
      readonly subject: string
    }
  | { readonly code: 'certificate_revoked_at_edge'; readonly thumbprint: string | null }
  | {
      readonly code: 'certificate_not_yet_valid' | 'certificate_expired'
      readonly clientId: string
      readonly subject: string
      readonly thumbprint: string
      readonly notBefore: number
      readonly notAfter: number
      readonly now: number
    }
  | {
      readonly code: 'certificate_expiring'
      readonly clientId: string
      readonly thumbprint: string
      readonly notAfter: number
      readonly now: number
    }
  | {
      readonly code: 'certificate_key'
      readonly clientId: string
      readonly subject: string
      readonly thumbprint: string
      /** The reason from x509/: too small, too large, not supported. */
      readonly key: Readonly<Record<string, unknown>>
    }
  | {
      readonly code: 'certificate_path'
      readonly clientId: string
      /** The reason from x509/ with its evidence. */
      readonly path: Readonly<Record<string, unknown>>
      readonly subject: string
      readonly thumbprint: string
      readonly trustAnchorSet: string
    }
  | {
      readonly code: 'subject_mismatch'
      readonly clientId: string
      readonly attribute: string
      readonly expected: string
      readonly presented: readonly string[]
      readonly thumbprint: string
    }
  | {
      readonly code: 'key_not_registered'
      readonly clientId: string
      readonly registered: readonly string[]
      readonly subject: string
      readonly thumbprint: string
    }

/** The sender of the certificate headers was not authenticated as the proxy. */
export type ProxyRefusal = {
  readonly code: 'proxy_unauthenticated'
  readonly why:
    | 'credential_missing'
    | 'credential_wrong'
    | 'credential_repeated'
    | 'certificate_missing'
    | 'certificate_wrong'
    | 'certificate_not_valid_now'
    | 'certificate_refused'
    | 'address_missing'
  /** Of the proxy's own certificate, or null. */
  readonly thumbprint: string | null
  /** Why that certificate was refused, or null if it was not verified. */
  readonly refusal: ClientCertificateRefusal | null
}

/** The client is not granted what it asks for. */
export type GrantRefusal =
  | { readonly code: 'grant_type_missing' }
  | { readonly code: 'grant_type_unsupported'; readonly grantType: string }
  | {
      readonly code: 'grant_type_not_allowed'
      readonly clientId: string
      readonly grantType: string
    }
  | { readonly code: 'binding_certificate_missing'; readonly clientId: string }
  | { readonly code: 'tokens_not_allowed'; readonly clientId: string }
  | { readonly code: 'scope_malformed'; readonly clientId: string; readonly token: string }
  | {
      readonly code: 'scope_not_allowed'
      readonly clientId: string
      readonly token: string
      readonly allowed: readonly string[]
    }
  | { readonly code: 'resource_malformed'; readonly clientId: string; readonly resource: string }
  | {
      readonly code: 'resource_not_allowed'
      readonly clientId: string
      readonly resource: string
      readonly allowed: readonly string[]
    }

/** The client may not introspect or revoke this token (RFC 7662, RFC 7009). */
export type TokenRequestRefusal =
  | { readonly code: 'token_missing' }
  | { readonly code: 'introspection_not_allowed'; readonly clientId: string }
  | { readonly code: 'token_of_another_client'; readonly clientId: string }

/** This deployment cannot answer now, or failed. */
export type ServiceRefusal =
  | { readonly code: 'configuration_invalid'; readonly problems: readonly string[] }
  | { readonly code: 'schema_mismatch'; readonly problem: string }
  | { readonly code: 'client_record_invalid'; readonly problem: string }
  | { readonly code: 'store_unavailable'; readonly problem: string }
  | { readonly code: 'client_lookups_exhausted'; readonly clientId: string }
  | { readonly code: 'fault'; readonly problem: string }

/** A refusal's stable code. */
export type RefusalCode = Refusal['code']
