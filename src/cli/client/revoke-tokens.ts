import { ok } from '../../encoding/result.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { type Database, statement } from '../database/database.ts'
import { done } from '../outcome.ts'
import { changeClient } from './change-client.ts'

/** `client revoke-tokens`. */
export const clientRevokeTokens = command({
  name: 'client revoke-tokens',
  summary: 'revoke every token that a partner has got so far',
  operands: 'ID',
  about: [
    'The partner may get new ones; `client disable` ends that.',
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
    const now = await latestClock(database, context)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.revoke-tokens',
      edit: (before) =>
        ok({ ...before, tokens_revoked_before: Math.max(before.tokens_revoked_before, now) }),
    })
    if (!changed.ok) return changed.error
    const before = changed.value.after?.tokens_revoked_before ?? now
    const moment = new Date(before * 1000).toISOString()
    return done(
      [`the tokens that ${clientId} got until ${moment} are revoked`],
      { client_id: clientId, tokens_revoked_before: before },
      [
        'introspection says so at once',
        'an API that only verifies signed tokens takes them until they expire',
        `it may get new ones; \`certbound client disable ${clientId}\` ends that`,
      ],
    )
  },
})

/** A machine whose clock lags must not spare the newest tokens: the database has a clock too. */
async function latestClock(database: Database, { now }: Context): Promise<number> {
  const [[row] = []] = await database.batch([statement('SELECT unixepoch() AS now')])
  return Math.max(now, Number(row?.now ?? now))
}
