import { err, ok } from '../../encoding/result.ts'
import { changeOptions, command } from '../command.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { changeClient } from './change-client.ts'
import { bound } from './remembering.ts'

/** `client enable` and `client disable`. */
const setEnabled = (verb: 'enable' | 'disable', summary: string) =>
  command({
    name: `client ${verb}`,
    summary,
    operands: 'ID',
    arity: [1, 1],
    options: changeOptions,
    examples: [`certbound client ${verb} acme-ltd`, `certbound client ${verb} acme-ltd --remote`],
    async run({ operands: [clientId = ''], options }, context) {
      const enabled = verb === 'enable'
      const database = await context.open(options)
      const same: Outcome = done([`${clientId} was ${verb}d already`], {
        client_id: clientId,
        enabled,
      })
      const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
        what: `client.${verb}`,
        edit: (before) => (before.enabled === enabled ? err(same) : ok({ ...before, enabled })),
      })
      if (!changed.ok) return changed.error
      const effect = enabled ? 'gets tokens again' : 'gets no more tokens'
      return done([`${clientId} is ${verb}d`], { client_id: clientId, enabled }, [
        `it ${effect} ${bound}`,
        ...(enabled
          ? []
          : [
              'APIs that introspect refuse its tokens at once; others take them until they expire',
              `once enabled again, what it got before is good again: \`certbound client revoke-tokens ${clientId}\``,
            ]),
      ])
    },
  })

/** `client enable`. */
export const clientEnable = setEnabled('enable', 'let a disabled partner get tokens again')

/** `client disable`. */
export const clientDisable = setEnabled('disable', 'refuse a partner, and keep its registration')

/** `client remove`. */
export const clientRemove = command({
  name: 'client remove',
  summary: 'forget a partner',
  operands: 'ID',
  about: ['Its audit rows stay. `client disable` is the way to stop one for a while.'],
  arity: [1, 1],
  options: { yes: { type: 'boolean', help: 'really' }, ...changeOptions },
  examples: ['certbound client remove acme-ltd --yes'],
  async run({ operands: [clientId = ''], options }, context) {
    const database = await context.open(options)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.remove',
      edit: (before) =>
        options.yes
          ? ok(null)
          : err(
              refused(
                `this would remove ${before.client_id} (${before.client_name})`,
                'repeat it with --yes; `certbound client disable` keeps the registration',
              ),
            ),
    })
    if (!changed.ok) return changed.error
    return done([`${clientId} is removed`], { client_id: clientId, removed: true }, [
      `it gets no more tokens ${bound}`,
      'add the same client_id again after that time alone: until then it could still issue by the old one',
    ])
  },
})
