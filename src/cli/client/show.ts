import { clientRegistry, describeClient, keysOf } from '../../clients/client-registry.ts'
import { type ClientRecord, registrationOf } from '../../clients/client-row.ts'
import { type DescribedKey, describeRegisteredKey } from '../../clients/registered-key.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { command, databaseOptions } from '../command.ts'
import { done } from '../outcome.ts'
import { columns, formatTime } from '../terminal.ts'
import { unknownClient } from './outcome.ts'

export const clientShow = command({
  name: 'client show',
  summary: 'everything about one partner',
  operands: 'ID',
  options: { ...databaseOptions },
  examples: ['certbound client show acme-ltd', 'certbound client show acme-ltd --json'],
  async run({ operands: [clientId = ''], options }, context) {
    const database = await context.open(options)
    const client = await clientRegistry(database).get(clientId)
    if (client === null) return unknownClient(clientId)
    const registration = registrationOf(client)
    const problem = registration.ok ? null : `client ${clientId}: ${registration.error}`
    const keys = await Promise.all(keysOf(client).map(describeRegisteredKey))
    const json = {
      ...describeClient(client),
      key_thumbprints: keys.map(({ id, kind }) => ({ kind, thumbprint: id })),
      tokens_revoked_before: client.tokens_revoked_before,
      version: client.version,
      created_at: client.created_at,
      updated_at: client.updated_at,
      problem,
    }
    return done(
      columns([
        ['client_id', client.client_id],
        ['name', client.client_name],
        ['state', client.enabled ? 'enabled' : 'disabled'],
        ['method', client.token_endpoint_auth_method],
        ...proofLines(client, keys, context.now),
        ['grants', JSON.stringify(client.grant_types)],
        ['scope', client.scope === '' ? '(none)' : client.scope],
        ['resources', JSON.stringify(client.resources)],
        ['tokens', tokensOf(client)],
        ['introspects', JSON.stringify(client.introspection_resources)],
        ['registered', formatTime(client.created_at)],
        ['changed', `${formatTime(client.updated_at)} (version ${client.version})`],
      ]),
      json,
      problem === null ? [] : [`the Worker refuses this client: ${problem}`],
    )
  },
})

const tokensOf = (client: ClientRecord): string =>
  `${client.tls_client_certificate_bound_access_tokens ? 'bound' : 'unbound'}, ${client.access_token_format}`

function proofLines(
  client: ClientRecord,
  keys: readonly DescribedKey[],
  now: number,
): (readonly [string, string])[] {
  if (client.trust_anchor_set !== null) {
    return [
      ['anchor set', client.trust_anchor_set],
      [client.subject_attribute ?? 'subject', client.subject_value ?? ''],
    ]
  }
  return keys.map(({ certificate, id, kind, kty }) => {
    const name = id ?? '(none)'
    if (certificate === null) return [kind, `${name} (${kty})`]
    return [kind, `${name} ${certificate.subject} (${describeLife(certificate, now)})`]
  })
}
