import { describeClient } from '../../clients/client-registry.ts'
import { type ClientRecord, metadataOf } from '../../clients/client-row.ts'
import { changeOptions, command, type OptionValues } from '../command.ts'
import { done, type Outcome, usage } from '../outcome.ts'
import { briefJson, columns } from '../terminal.ts'
import { openRegistry, outcomeOf } from './outcome.ts'

/** Options of `client add` and `client update` that set client metadata. */
export const metadataOptions = {
  scope: {
    multiple: true,
    value: 'SCOPES',
    help: 'the allowed scope, also the default of a request; "" for none',
  },
  resource: {
    multiple: true,
    value: 'URI',
    help: 'an API its tokens are for, the first by default; "" for none',
  },
  unbound: { help: 'tokens that work without the certificate (not advised)' },
  grant: {
    multiple: true,
    value: 'GRANT',
    help: 'a grant type it may use (default client_credentials)',
  },
  'token-format': {
    value: 'FORMAT',
    help: 'jwt (default), or opaque: APIs must introspect its tokens',
  },
  introspect: {
    multiple: true,
    value: 'URI',
    help: 'an API whose tokens it may introspect; "" for none',
  },
} as const

/** The client metadata that {@link metadataOptions} set. An option that is not given sets nothing. */
export function metadataFrom(options: OptionValues<typeof metadataOptions>) {
  const list = <T>(values: readonly string[], set: T) => (values.length === 0 ? undefined : set)
  const uris = (values: readonly string[]) =>
    list(
      values,
      values.filter((uri) => uri !== ''),
    )
  const metadata = {
    scope: list(options.scope, options.scope.join(' ')),
    resources: uris(options.resource),
    tls_client_certificate_bound_access_tokens: options.unbound ? false : undefined,
    grant_types: list(options.grant, options.grant),
    access_token_format: options['token-format'],
    introspection_resources: uris(options.introspect),
  }
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
}

export const clientUpdate = command({
  name: 'client update',
  summary: 'replace parts of a registration',
  operands: 'ID',
  about: [
    'Each given option replaces the whole value, the rest stays. How a partner authenticates cannot be',
    'updated: use `client add-certificate`, or remove the partner and add it again.',
  ],
  options: {
    name: { value: 'NAME', help: 'the name of the partner' },
    bound: { help: 'tokens bound to its certificate' },
    ...metadataOptions,
    ...changeOptions,
  },
  examples: [
    'certbound client update acme-ltd --scope "orders:read orders:write"',
    'certbound client update bolt --resource https://api.example.com --resource urn:example:b',
  ],
  async run({ operands: [clientId = ''], options }, context) {
    if (options.bound && options.unbound) return usage('--bound and --unbound exclude each other')
    const members = metadataFrom(options)
    if (options.name !== undefined) members.client_name = options.name
    if (options.bound) members.tls_client_certificate_bound_access_tokens = true
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

function updated(before: ClientRecord, after: ClientRecord): Outcome {
  const now = metadataOf(after)
  const changes = Object.entries(metadataOf(before))
    .filter(([name, was]) => JSON.stringify(was) !== JSON.stringify(now[name]))
    .map(([name, was]) => [name, `${briefJson(was)} -> ${briefJson(now[name])}`] as const)
  return done([`updated ${after.client_id}`, '', ...columns(changes)], describeClient(after), [
    'new tokens follow it within 30 s everywhere; up to 300 s where D1 cannot be reached',
    'the tokens it has stay as they are until they expire',
  ])
}
