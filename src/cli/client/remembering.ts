/** How long isolates may go on by what they remember of a client: README, "Operating". */
export const bound =
  'within 30 s everywhere; up to 300 s where D1 cannot be reached (STALE_IF_ERROR)'

/** What ends the tokens that isolates issue meanwhile, by a registration that is no longer so. */
export const revokeAfterwards = (clientId: string): string =>
  `tokens that are issued until then stay good: \`certbound client revoke-tokens ${clientId}\` after that`
