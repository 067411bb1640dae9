/** What a token may be used for: never more than the client is registered for. */
export type Grant = {
  readonly scope: readonly string[]
  /** The audience (RFC 9068 section 2.2): at least one. */
  readonly resources: readonly [string, ...string[]]
}
