import { describeClient } from '../../clients/client-registry.ts'
import { type ClientRecord, metadataOf } from '../../clients/client-row.ts'
import { changeOptions, command, type OptionValues } from '../command.ts'
import { done, type Outcome, usage } from '../outcome.ts'
import { briefJson, fields } from '../terminal.ts'
import { openRegistry, outcomeOf } from './outcome.ts'

/** Options of `client add` and `client update`: which tokens a client gets, and which it introspects. */
export const tokenOptions = {
  grant: {
    type: 'string',
    multiple: true,
    value: 'GRANT',
    help: 'a grant type it may use (default client_credentials)',
  },
  'token-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'jwt (default), or opaque: APIs must introspect its tokens',
  },
  introspect: {
    type: 'string',
    multiple: true,
    value: 'URI',
    help: 'an API whose tokens it may introspect; "" for none',
  },
} as const

/** The client metadata that {@link tokenOptions} name. */
export const tokenMetadata = (options: OptionValues<typeof tokenOptions>) =>
  given({
    grant_types: options.grant.length === 0 ? undefined : options.grant,
    access_token_format: options['token-format'],
    introspection_resources: uris(options.introspect),
  })

const replaceable = {
  name: { type: 'string', value: 'NAME', help: 'the name of the partner' },
  scope: {
    type: 'string',
    multiple: true,
    value: 'SCOPES',
    help: 'the scope that may be granted; --scope "" for none',
  },
  resource: {
    type: 'string',
    multiple: true,
    value: 'URI',
    help: 'the APIs its tokens are for; "" for none',
  },
  bound: { type: 'boolean', help: 'tokens bound to its certificate' },
  unbound: { type: 'boolean', help: 'tokens that work without the certificate (not advised)' },
  ...tokenOptions,
} as const

/** `client update`. */
export const clientUpdate = command({
  name: 'client update',
  summary: 'replace parts of a registration',
  operands: 'ID',
  about: [
    'Each given option replaces the whole value, the rest stays. How a partner authenticates cannot be',
    'updated: use `client add-certificate`, or remove the partner and add it again.',
  ],
  arity: [1, 1],
  options: { ...replaceable, ...changeOptions },
  examples: [
    'certbound client update acme-ltd --scope "orders:read orders:write"',
    'certbound client update bolt --resource https://api.example.com --resource urn:example:b',
  ],
  async run({ operands: [clientId = ''], options }, context) {
    if (options.bound && options.unbound) return usage('--bound and --unbound exclude each other')
    const members = membersOf(options)
    if (Object.keys(members).length === 0) {
      return usage(
        'client update needs something to replace: --name, --scope, --resource, --bound, ' +
          '--grant, --token-format, --introspect',
      )
    }
    const { registry, by } = await openRegistry(options, context)
    const changed = await registry.update(clientId, members, by)
    return outcomeOf(changed, ({ before, after }) => updated(before, after ?? before))
  },
})

/** The client metadata that the options replace. */
const membersOf = (options: OptionValues<typeof replaceable>) => ({
  ...given({
    client_name: options.name,
    scope: options.scope.length === 0 ? undefined : options.scope.join(' '),
    resources: uris(options.resource),
    tls_client_certificate_bound_access_tokens:
      options.bound || options.unbound ? options.bound : undefined,
  }),
  ...tokenMetadata(options),
})

const uris = (values: readonly string[]) =>
  values.length === 0 ? undefined : values.filter((uri) => uri !== '')

const given = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

function updated(before: ClientRecord, after: ClientRecord): Outcome {
  const now = metadataOf(after)
  const changes = Object.entries(metadataOf(before))
    .filter(([name, was]) => JSON.stringify(was) !== JSON.stringify(now[name]))
    .map(([name, was]) => [name, `${briefJson(was)} -> ${briefJson(now[name])}`] as const)
  return done([`updated ${after.client_id}`, '', ...fields(changes)], describeClient(after), [
    'new tokens follow it within 30 s everywhere; up to 300 s where D1 cannot be reached',
    'the tokens it has stay as they are until they expire',
  ])
}
