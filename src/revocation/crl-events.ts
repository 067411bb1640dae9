/** What the log hears of CRLs. Times in seconds since the epoch. */
export type CrlEvent =
  | {
      readonly code: 'crl_stored'
      readonly trust_anchor_set: string
      readonly url: string
      readonly issuer: string
      readonly crl_number: string | null
      readonly entries: number
      readonly next_update: number
    }
  /** The list in force stays in force until its nextUpdate. */
  | {
      readonly code: 'crl_refresh_failed'
      readonly trust_anchor_set: string
      readonly url: string
      readonly problem: string
    }

/** How loud an event is. */
export const crlLevelOf = ({ code }: CrlEvent): 'info' | 'warn' =>
  code === 'crl_stored' ? 'info' : 'warn'
