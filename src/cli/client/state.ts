import { changeOptions, command } from '../command.ts'
import { done, refused } from '../outcome.ts'
import { delay, openRegistry, outcomeOf, unknownClient } from './outcome.ts'

/** `client enable` and `client disable`. */
const setEnabled = (verb: 'enable' | 'disable', summary: string) =>
  command({
    name: `client ${verb}`,
    summary,
    operands: 'ID',
    options: changeOptions,
    examples: [`certbound client ${verb} acme-ltd`, `certbound client ${verb} acme-ltd --remote`],
    async run({ operands: [clientId = ''], options }, context) {
      const { registry, by } = await openRegistry(options, context)
      const enabled = verb === 'enable'
      const json = { client_id: clientId, enabled }
      const next = enabled
        ? [`it gets tokens again ${delay}`]
        : [
            `it gets no more tokens ${delay}`,
            'APIs that introspect refuse its tokens at once; others accept them until they expire',
            `if it is enabled again, its old tokens are valid again: \`certbound client revoke-tokens ${clientId}\``,
          ]
      return outcomeOf(
        await registry.setEnabled(clientId, enabled, by),
        () => done([`${clientId} is ${verb}d`], json, next),
        () => done([`${clientId} is already ${verb}d`], json),
      )
    },
  })

export const clientEnable = setEnabled('enable', 'let a disabled partner get tokens again')

export const clientDisable = setEnabled('disable', 'refuse a partner, and keep its registration')

export const clientRemove = command({
  name: 'client remove',
  summary: 'remove a partner',
  operands: 'ID',
  about: ['Its audit rows stay. To stop a partner for a while use `client disable`.'],
  options: { yes: { help: 'confirm the removal' }, ...changeOptions },
  examples: ['certbound client remove acme-ltd --yes'],
  async run({ operands: [clientId = ''], options }, context) {
    const { registry, by } = await openRegistry(options, context)
    if (!options.yes && !options['dry-run']) {
      const client = await registry.get(clientId)
      if (client === null) return unknownClient(clientId)
      return refused(
        `this would remove ${clientId} (${client.client_name})`,
        'repeat it with --yes; `certbound client disable` keeps the registration',
      )
    }
    return outcomeOf(await registry.remove(clientId, by), () =>
      done([`${clientId} is removed`], { client_id: clientId, removed: true }, [
        `it gets no more tokens ${delay}`,
        'wait until then before you add the same client_id again: isolates may still use the old registration',
      ]),
    )
  },
})

export const clientRevokeTokens = command({
  name: 'client revoke-tokens',
  summary: 'revoke every token that a partner has received so far',
  operands: 'ID',
  about: [
    'The partner may get new ones; `client disable` stops that. An isolate uses a cached client for 30 s:',
    'after `client remove-certificate` revoke again when they are over. APIs that introspect learn of',
    'it at once; APIs that only verify signed tokens accept them until they expire.',
  ],
  options: changeOptions,
  examples: [
    'certbound client revoke-tokens acme-ltd',
    'certbound client revoke-tokens acme-ltd --remote',
  ],
  async run({ operands: [clientId = ''], options }, context) {
    const { registry, by } = await openRegistry(options, context)
    return outcomeOf(await registry.revokeTokens(clientId, by), ({ after }) => {
      const before = after?.tokens_revoked_before ?? by.at
      return done(
        [`all tokens of ${clientId} until ${new Date(before * 1000).toISOString()} are revoked`],
        { client_id: clientId, tokens_revoked_before: before },
        [
          'introspection says so at once',
          'an API that only verifies signed tokens accepts them until they expire',
          `it may get new ones; \`certbound client disable ${clientId}\` stops that`,
          `if you just removed a certificate: that holds ${delay}; then revoke again`,
        ],
      )
    })
  },
})
