import type { KeyEvent } from '../../../src/keys/key-events.ts'

const kid = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

/** One example of every event of the signing keys. The compiler finds a missing one. */
export const keyEvents: {
  readonly [Code in KeyEvent['code']]: KeyEvent & { readonly code: Code }
} = {
  key_row_malformed: { code: 'key_row_malformed', kid, column: 'alg' },
  key_row_not_authentic: { code: 'key_row_not_authentic', kid },
  key_encryption_key_unknown: {
    code: 'key_encryption_key_unknown',
    kid,
    key_encryption_key: 'x',
  },
  key_of_another_issuer: { code: 'key_of_another_issuer', kid, issuer: 'https://x' },
  key_generated: { code: 'key_generated', kid, alg: 'ES256', activate_at: 0, intent: null },
  keys_rewrapped: { code: 'keys_rewrapped', intent: 1, outcome: '1 moved' },
  keys_pruned: { code: 'keys_pruned', kids: [kid] },
  keys_stale: { code: 'keys_stale', as_of: 0, cause: 'x' },
}
