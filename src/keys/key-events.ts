/** A row that is neither used nor published, and why. Text from the row is untrusted. */
export type KeyFinding =
  /** The schema would not have taken it. */
  | { readonly code: 'key_row_malformed'; readonly kid: string | null; readonly column: string }
  /** Altered or planted: it does not open under the key-encryption key that it names. */
  | { readonly code: 'key_row_not_authentic'; readonly kid: string }
  /** Under a key-encryption key that this Worker does not hold. */
  | {
      readonly code: 'key_encryption_key_unknown'
      readonly kid: string
      readonly key_encryption_key: string
    }
  | { readonly code: 'key_of_another_issuer'; readonly kid: string; readonly issuer: string }

/** What the log hears of the signing keys. Times in seconds since the epoch. */
export type KeyEvent =
  | KeyFinding
  | {
      readonly code: 'key_generated'
      readonly kid: string
      readonly alg: string
      readonly activate_at: number
      /** The intent that asked for it, or null where there was no usable key. */
      readonly intent: number | null
    }
  | { readonly code: 'keys_rewrapped'; readonly intent: number; readonly outcome: string }
  | { readonly code: 'keys_pruned'; readonly kids: readonly string[] }
  /** D1 does not answer; what it said then serves on. */
  | { readonly code: 'keys_stale'; readonly as_of: number; readonly cause: string }

/** Takes an event to the log. */
export type ReportKeyEvent = (event: KeyEvent) => void

/** How loud an event is: an error wants an operator now. */
export function levelOf({ code }: KeyEvent): 'info' | 'warn' | 'error' {
  switch (code) {
    case 'key_row_malformed':
    case 'key_row_not_authentic':
    case 'key_encryption_key_unknown':
      return 'error'
    case 'key_of_another_issuer':
    case 'keys_stale':
      return 'warn'
    case 'key_generated':
    case 'keys_rewrapped':
    case 'keys_pruned':
      return 'info'
  }
}
