/** The variables and secrets that are read here. */
export const sourceVariableNames = [
  'CERTIFICATE_SOURCE',
  'CERTIFICATE_SOURCES',
  'CERTIFICATE_HEADER',
  'CERTIFICATE_HEADER_ALONE',
  'PROXY_CREDENTIAL',
  'PROXY_CREDENTIAL_PREVIOUS',
  'PROXY_CREDENTIAL_HEADER',
  'PROXY_ADDRESS_HEADER',
  'PROXY_CERTIFICATES',
  'PROXY_TRUST_ANCHOR_SET',
  'PROXY_SUBJECT_DN',
] as const

/** The environment, of which nothing is read but what is on the list. */
export type SourceEnv = Readonly<Partial<Record<(typeof sourceVariableNames)[number], unknown>>>

/** Whether a variable was left out, or emptied. */
export const isUnset = (value: unknown): boolean => value === undefined || value === ''
