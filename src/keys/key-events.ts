/** A row that is neither used nor published, and why. Texts from the row are untrusted. */
export type KeyFinding =
  /** A column does not have the form that Certbound writes. */
  | { readonly code: 'key_row_malformed'; readonly kid: string | null; readonly column: string }
  /** Changed or forged: it cannot be unwrapped with the key-encryption key that it names. */
  | { readonly code: 'key_row_not_authentic'; readonly kid: string }
  /** This Worker does not have the key-encryption key that it names. */
  | {
      readonly code: 'key_encryption_key_unknown'
      readonly kid: string
      readonly key_encryption_key: string
    }
  | { readonly code: 'key_of_another_issuer'; readonly kid: string; readonly issuer: string }

/** An event of the signing keys for the log. Times in seconds since the epoch. */
export type KeyEvent =
  | KeyFinding
  | {
      readonly code: 'key_generated'
      readonly kid: string
      readonly alg: string
      readonly activate_at: number
      /** The intent that requested it; null if there was no usable key. */
      readonly intent: number | null
    }
  | { readonly code: 'keys_rewrapped'; readonly intent: number; readonly outcome: string }
  | { readonly code: 'keys_pruned'; readonly kids: readonly string[] }
  /** D1 does not answer; the keys read earlier are still used. */
  | { readonly code: 'keys_stale'; readonly as_of: number; readonly cause: string }

/** The log level of each event. An error needs an operator now. */
export const keyEventLevels: Readonly<Record<KeyEvent['code'], 'info' | 'warn' | 'error'>> = {
  key_row_malformed: 'error',
  key_row_not_authentic: 'error',
  key_encryption_key_unknown: 'error',
  key_of_another_issuer: 'warn',
  keys_stale: 'warn',
  key_generated: 'info',
  keys_rewrapped: 'info',
  keys_pruned: 'info',
}
