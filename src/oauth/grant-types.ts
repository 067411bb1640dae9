/** The grant types of this server (RFC 6749 section 4). Registries are complete records over them. */
export const grantTypes = ['client_credentials'] as const

/** One of {@link grantTypes}. */
export type GrantType = (typeof grantTypes)[number]

/** Whether a `grant_type` is one of {@link grantTypes}. */
export const isGrantType = (text: string): text is GrantType =>
  grantTypes.some((grantType) => grantType === text)
