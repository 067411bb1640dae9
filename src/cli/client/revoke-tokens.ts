import { ok } from '../../encoding/result.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { changeClient } from './change-client.ts'
import { bound } from './remembering.ts'

/** `client revoke-tokens`. */
export const clientRevokeTokens = command({
  name: 'client revoke-tokens',
  summary: 'revoke every token that a partner has got so far',
  operands: 'ID',
  about: [
    'The partner may get new ones; `client disable` ends that. An isolate issues by what it remembers of',
    'a client, for 30 s: after `client remove-certificate` revoke once more when they are over.',
    'APIs learn of it by introspection; those that only verify signed tokens take them until they expire.',
  ],
  arity: [1, 1],
  options: { ...changeOptions, ...jsonOption },
  examples: [
    'certbound client revoke-tokens acme-ltd',
    'certbound client revoke-tokens acme-ltd --remote',
  ],
  async run({ operands: [clientId = ''], options }, context) {
    const database = await context.open(options)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.revoke-tokens',
      edit: (before) => ok(before),
      revokesTokens: true,
    })
    if (!changed.ok) return changed.error
    const before = changed.value.after?.tokens_revoked_before ?? context.now
    const moment = new Date(before * 1000).toISOString()
    return done(
      [`the tokens that ${clientId} got until ${moment} are revoked`],
      { client_id: clientId, tokens_revoked_before: before },
      [
        'introspection says so at once',
        'an API that only verifies signed tokens takes them until they expire',
        `it may get new ones; \`certbound client disable ${clientId}\` ends that`,
        `where a certificate was removed just now: that holds ${bound}; then revoke again`,
      ],
    )
  },
})
