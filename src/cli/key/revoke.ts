import { audited } from '../../storage/audit-row.ts'
import { statement } from '../../storage/database.ts'
import { changeOptions, command } from '../command.ts'
import { done, refused } from '../outcome.ts'
import { listKeys } from './key-records.ts'

const REVOKE = `
  UPDATE signing_keys SET revoked_at = ?2, iv = NULL, wrapped_private_key = NULL
  WHERE kid = ?1 AND revoked_at IS NULL RETURNING kid`

/** `key revoke`. */
export const keyRevoke = command({
  name: 'key revoke',
  summary: 'take a key out at once: its tokens are refused, its private half is destroyed',
  operands: 'KID',
  about: [
    'For a key that may be known to others. The orderly way is `key rotate`.',
    'If it is the one that signs, the next takes over, or the Worker makes a new one.',
  ],
  arity: [1, 1],
  options: { yes: { type: 'boolean', help: 'really' }, ...changeOptions },
  examples: ['certbound key revoke 5vYk...EGQ --yes'],
  async run({ operands: [kid = ''], options }, context) {
    const database = await context.open(options)
    const keys = await listKeys(database, context.now)
    const found = keys.find(({ key }) => key.kid === kid)
    if (found === undefined) return refused(`there is no key ${kid}`, '`certbound key list`')
    if (found.state.state === 'revoked') return done([`${kid} was revoked already`], { kid })
    if (!options.yes) {
      return refused(
        `this would revoke a key that is ${found.state.state}: tokens signed with it are refused`,
        'repeat it with --yes; it cannot be taken back',
      )
    }
    const { key } = found
    const [revoked] = await database.batch([
      statement(REVOKE, kid, context.now),
      audited({
        at: context.now,
        who: options.as ?? context.user,
        what: 'key.revoke',
        subject: kid,
        before: { alg: key.alg, activate_at: key.activateAt, revoked_at: null },
        after: { alg: key.alg, activate_at: key.activateAt, revoked_at: context.now },
      }),
    ])
    return done(
      [revoked?.length === 1 ? `${kid} is revoked` : `${kid} was revoked already`],
      { kid, revoked_at: context.now },
      [
        'out of use and out of the key set within 30 s; up to 300 s where D1 cannot be reached',
        'APIs refuse its tokens when they fetch the key set again',
      ],
    )
  },
})
