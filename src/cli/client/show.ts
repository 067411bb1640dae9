import { InvalidClientRow, registrationFromColumns } from '../../clients/client-row.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { command, databaseOptions, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { fields, formatTime } from '../terminal.ts'
import { unknownClient } from './change-client.ts'
import { type ClientRecord, describeClient, findClient, keysOf } from './client-record.ts'
import { type DescribedKey, describeRegisteredKey } from './describe-key.ts'

/** `client show`. */
export const clientShow = command({
  name: 'client show',
  summary: 'all that is known of one partner',
  operands: 'ID',
  arity: [1, 1],
  options: { ...jsonOption, ...databaseOptions },
  examples: ['certbound client show acme-ltd', 'certbound client show acme-ltd --json'],
  async run({ operands: [clientId = ''], options }, context) {
    const database = await context.open(options)
    const client = await findClient(database, clientId)
    if (client === null) return unknownClient(clientId)
    const problem = problemOf(client)
    const keys = await Promise.all(keysOf(client).map(describeRegisteredKey))
    const json = {
      ...describeClient(client),
      key_thumbprints: keys.map(({ handle, kind }) => ({ kind, thumbprint: handle })),
      tokens_revoked_before: client.tokens_revoked_before,
      version: client.version,
      created_at: client.created_at,
      updated_at: client.updated_at,
      problem,
    }
    return done(
      fields([
        ['client_id', client.client_id],
        ['name', client.client_name],
        ['state', client.enabled ? 'enabled' : 'disabled'],
        ['method', client.token_endpoint_auth_method],
        ...proofLines(client, keys, context.now),
        ['scope', client.scope === '' ? '(none)' : client.scope],
        ['resources', client.resources],
        ['tokens', tokensOf(client)],
        ['introspects', client.introspection_resources],
        ['registered', formatTime(client.created_at)],
        ['changed', `${formatTime(client.updated_at)} (version ${client.version})`],
      ]),
      json,
      problem === null ? [] : [`the Worker refuses this client: ${problem}`],
    )
  },
})

const tokensOf = (client: ClientRecord): string =>
  `${client.tls_client_certificate_bound_access_tokens === 1 ? 'bound' : 'unbound'}, ${client.access_token_format}`

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
  return keys.map(({ certificate, handle, kind, kty }) => {
    const name = handle ?? '(none)'
    if (certificate === null) return [kind, `${name} (${kty})`]
    return [kind, `${name} ${certificate.subject} (${describeLife(certificate, now)})`]
  })
}

/** Why the Worker's parser does not accept the row, or null where it does. */
function problemOf(client: ClientRecord): string | null {
  try {
    registrationFromColumns(client)
    return null
  } catch (fault) {
    if (fault instanceof InvalidClientRow) return fault.message
    throw fault
  }
}
