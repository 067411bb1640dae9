/**
 * The client authentication methods of this server (RFC 8705 section 2), by their registered names.
 * Registries are complete records over them.
 */
export const clientAuthMethods = ['tls_client_auth', 'self_signed_tls_client_auth'] as const

/** One of {@link clientAuthMethods}. */
export type ClientAuthMethod = (typeof clientAuthMethods)[number]
