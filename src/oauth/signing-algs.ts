/** The signature algorithms for access tokens (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export const signingAlgs = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const

/** One of {@link signingAlgs}. */
export type SigningAlg = (typeof signingAlgs)[number]
