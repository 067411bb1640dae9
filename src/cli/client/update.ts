import { toColumns } from '../../clients/client-row.ts'
import { parseRegistration } from '../../clients/registration.ts'
import { err, ok } from '../../encoding/result.ts'
import { changeOptions, command, jsonOption, type OptionValues } from '../command.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import { briefJson, fields } from '../terminal.ts'
import { changeClient, type Edited } from './change-client.ts'
import { type ClientRecord, describeClient, metadataOf } from './client-record.ts'
import { tokenMetadata, tokenOptions } from './token-options.ts'

const parts = {
  name: { type: 'string', value: 'NAME', help: 'the name of the partner' },
  scope: {
    type: 'string',
    multiple: true,
    value: 'SCOPES',
    help: 'all that it may be granted; --scope "" for nothing',
  },
  resource: {
    type: 'string',
    multiple: true,
    value: 'URI',
    help: 'all the APIs its tokens are for; "" for none',
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
    'What is named is replaced as a whole, the rest stays. How a partner proves itself is no part of',
    'it: `client add-certificate`, or remove the partner and add it anew.',
  ],
  arity: [1, 1],
  options: { ...parts, ...jsonOption, ...changeOptions },
  examples: [
    'certbound client update acme-ltd --scope "orders:read orders:write"',
    'certbound client update bolt --resource https://api.example.com --resource urn:example:b',
  ],
  async run({ operands: [clientId = ''], options }, context) {
    if (options.bound && options.unbound) return usage('--bound and --unbound exclude each other')
    const named = namedParts(options)
    if (Object.keys(named).length === 0) {
      return usage(
        'client update needs something to replace: --name, --scope, --resource, --bound, ' +
          '--token-format, --introspect',
      )
    }
    const database = await context.open(options)
    const changed = await changeClient(database, context, options.as ?? context.user, clientId, {
      what: 'client.update',
      edit: (before) => replaceParts(before, named),
    })
    if (!changed.ok) return changed.error
    const { before, after } = changed.value
    return updated(before, after ?? before)
  },
})

/** The parts of the client metadata that the options replace. */
const namedParts = (options: OptionValues<typeof parts>): Record<string, unknown> => ({
  ...(options.name === undefined ? {} : { client_name: options.name }),
  ...(options.scope.length === 0 ? {} : { scope: options.scope.join(' ') }),
  ...(options.resource.length === 0
    ? {}
    : { resources: options.resource.filter((uri) => uri !== '') }),
  ...(options.bound || options.unbound
    ? { tls_client_certificate_bound_access_tokens: options.bound }
    : {}),
  ...tokenMetadata(options),
})

function replaceParts(before: ClientRecord, named: Readonly<Record<string, unknown>>): Edited {
  const registration = parseRegistration({ ...metadataOf(before), ...named })
  if (!registration.ok) return err(refused(registration.error, 'nothing was changed'))
  const columns = toColumns(registration.value)
  // What the partner proves itself with stays as it stands: no odd row is mended unseen.
  const after = {
    ...before,
    client_name: columns.client_name,
    scope: columns.scope,
    resources: columns.resources,
    tls_client_certificate_bound_access_tokens: columns.tls_client_certificate_bound_access_tokens,
    access_token_format: columns.access_token_format,
    introspection_resources: columns.introspection_resources,
  }
  return differences(before, after).length === 0
    ? err(done([`${before.client_id} is so already`], describeClient(before)))
    : ok(after)
}

type Difference = readonly [name: string, before: unknown, after: unknown]

function differences(before: ClientRecord, after: ClientRecord): Difference[] {
  const now = new Map<string, unknown>(Object.entries(metadataOf(after)))
  return Object.entries(metadataOf(before))
    .map(([name, was]) => [name, was, now.get(name)] as const)
    .filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is))
}

function updated(before: ClientRecord, after: ClientRecord): Outcome {
  const changes = differences(before, after).map(
    ([name, was, is]) => [name, `${briefJson(was)} -> ${briefJson(is)}`] as const,
  )
  return done([`updated ${after.client_id}`, '', ...fields(changes)], describeClient(after), [
    'new tokens follow it within 30 s everywhere; up to 300 s where D1 cannot be reached',
    'tokens that it has stay as they are until they expire',
  ])
}
