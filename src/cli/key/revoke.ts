import { listKeys, revokeKey } from '../../keys/operator-keys.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { done, refused } from '../outcome.ts'

export const keyRevoke = command({
  name: 'key revoke',
  summary: 'revoke a key at once: its tokens are refused, its private half is deleted',
  operands: 'KID',
  about: [
    'For a key that others may know. To replace a key in the ordinary way use `key rotate`. If the key is',
    'the one that signs, the next key signs from now on, or the Worker makes a new one.',
  ],
  options: { yes: { help: 'confirm' }, ...changeOptions },
  examples: ['certbound key revoke 5vYk...EGQ --yes'],
  async run({ operands: [kid = ''], options }, context) {
    const database = await context.open(options)
    const keys = await listKeys(database, context.now)
    const found = keys.find(({ key }) => key.kid === kid)
    if (found === undefined) {
      return refused(`there is no key ${kid}`, '`certbound key list` shows the keys')
    }
    const { key, state } = found
    if (state.state === 'revoked') return done([`${kid} was revoked already`], { kid })
    if (!options.yes && !options['dry-run']) {
      return refused(
        `this would revoke a key that is ${state.state}: tokens that it signed are refused`,
        'repeat the command with --yes; a revocation cannot be undone',
      )
    }
    const revoked = await revokeKey(database, key, auditedBy(options, context))
    const line = revoked ? `${kid} is revoked` : `${kid} was revoked already`
    return done([line], { kid, revoked_at: context.now }, [
      'the Worker stops using and publishing it within 30 s; within 300 s if D1 cannot be reached',
      'APIs refuse its tokens as soon as they fetch the key set again',
    ])
  },
})
