import { InvalidClientRow, toColumns } from '../../clients/client-row.ts'
import { parseRegistration, type Registration } from '../../clients/registration.ts'
import { audited } from '../../storage/audit-row.ts'
import {
  ConstraintViolation,
  type Database,
  query,
  statement,
  textOf,
} from '../../storage/database.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import { briefJson, fields } from '../terminal.ts'
import { clientIdFromName } from './client-id.ts'
import { describeClient } from './client-record.ts'
import { proofOptions, readProof } from './proof.ts'
import { tokenMetadata, tokenOptions } from './token-options.ts'

// A name that comes back does not bring back the tokens of who had it before.
const INSERT = `
  INSERT INTO clients (client_id, version, enabled, client_name, token_endpoint_auth_method,
    trust_anchor_set, subject_attribute, subject_value, subject_key, jwks, scope, resources,
    tls_client_certificate_bound_access_tokens, access_token_format, introspection_resources,
    tokens_revoked_before, created_at, updated_at)
  VALUES (?1, 1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13, ?14, unixepoch() - 1, ?12, ?12)
  RETURNING client_id`

const HOLDER = `
  SELECT client_id FROM clients
  WHERE trust_anchor_set = ?1 AND subject_attribute = ?2 AND subject_key = ?3`

/** `client add`. */
export const clientAdd = command({
  name: 'client add',
  summary: 'register a partner from its certificate',
  operands: 'NAME',
  about: [
    'With --ca the certificate is trusted because a CA of that set issued it (tls_client_auth), and is',
    'known by its subject: the partner may renew it. Without, it is self-signed and trusted itself',
    '(self_signed_tls_client_auth). A certificate is checked as the Worker would, before anything is',
    'written.',
  ],
  arity: [1, 1],
  options: {
    ...proofOptions,
    scope: {
      type: 'string',
      multiple: true,
      value: 'SCOPES',
      help: 'what it may be granted, and gets when it asks for none',
    },
    resource: {
      type: 'string',
      multiple: true,
      value: 'URI',
      help: 'an API that its tokens are for; the first when it names none',
    },
    'client-id': { type: 'string', value: 'ID', help: 'default: made of NAME' },
    unbound: { type: 'boolean', help: 'tokens that work without the certificate (not advised)' },
    ...tokenOptions,
    ...jsonOption,
    ...changeOptions,
  },
  examples: [
    'certbound client add "Acme Ltd" --certificate acme.pem --ca acme-ca \\',
    '    --scope "orders:read orders:write" --resource https://api.example.com',
    'certbound client add Bolt --certificate self-signed.pem --resource https://api.example.com',
    'certbound client add orders-api --certificate api.pem --introspect https://api.example.com',
    'certbound client add Core --ca core-ca --san-dns core.example.net \\',
    '    --resource https://api.example.com',
  ],
  async run({ operands: [name = ''], options }, context) {
    const resources = options.resource.filter((uri) => uri !== '')
    if (resources.length === 0 && options.introspect.every((uri) => uri === '')) {
      return usage(
        'client add needs at least one --resource: the API that its tokens are for; an API that ' +
          'introspects the tokens of others needs --introspect',
      )
    }
    const clientId = options['client-id'] ?? clientIdFromName(name)
    if (clientId === null)
      return usage('nothing of NAME can stand in a client_id: give --client-id')
    const database = await context.open(options)
    const proof = await readProof(options, database, context)
    if (!proof.ok) return proof.error
    const registration = parseRegistration({
      client_id: clientId,
      client_name: name,
      ...proof.value.metadata,
      scope: options.scope.join(' '),
      resources,
      tls_client_certificate_bound_access_tokens: !options.unbound,
      ...tokenMetadata(options),
    })
    if (!registration.ok) return refused(registration.error, 'nothing was registered')
    const refusal = await register(database, context, options.as, registration.value)
    return refusal ?? registered(registration.value, proof.value.notes)
  },
})

/** Writes a new client. @returns null, or why the database would not have it */
async function register(
  database: Database,
  context: Context,
  as: string | undefined,
  registration: Registration,
): Promise<Outcome | null> {
  const columns = toColumns(registration)
  try {
    await database.batch([
      statement(
        INSERT,
        columns.client_id,
        columns.client_name,
        columns.token_endpoint_auth_method,
        columns.trust_anchor_set,
        columns.subject_attribute,
        columns.subject_value,
        columns.subject_key,
        columns.jwks,
        columns.scope,
        columns.resources,
        columns.tls_client_certificate_bound_access_tokens,
        context.now,
        columns.access_token_format,
        columns.introspection_resources,
      ),
      audited({
        at: context.now,
        who: as ?? context.user,
        what: 'client.add',
        subject: columns.client_id,
        before: null,
        after: describeClient({ ...columns, enabled: true }),
      }),
    ])
    return null
  } catch (fault) {
    if (fault instanceof ConstraintViolation) return violated(database, columns, fault)
    throw fault
  }
}

async function violated(
  database: Database,
  columns: ReturnType<typeof toColumns>,
  fault: ConstraintViolation,
): Promise<Outcome> {
  if (fault.message.includes('clients.client_id')) {
    return refused(
      `there is a client ${columns.client_id} already`,
      `\`certbound client show ${columns.client_id}\`; another one of that name needs --client-id`,
    )
  }
  if (fault.message.includes('subject')) {
    const { trust_anchor_set, subject_attribute, subject_key } = columns
    const [row] = await query(database, HOLDER, trust_anchor_set, subject_attribute, subject_key)
    const holder = row === undefined ? 'another client' : textOf(row, 'client_id')
    return refused(
      `${holder} is registered with that subject: one subject of a set belongs to one client`,
      'register by another subject (--by), or under another set',
    )
  }
  if (fault.message.includes('FOREIGN KEY')) {
    return refused(`the set ${columns.trust_anchor_set} is gone`, '`certbound ca list`')
  }
  throw new InvalidClientRow('schema.sql refuses what the parser accepts', { cause: fault })
}

function registered(registration: Registration, notes: readonly string[]): Outcome {
  const client = describeClient({ ...toColumns(registration), enabled: true })
  const { client_id } = registration
  const shown = Object.entries(client).map(
    ([name, value]) => [name, typeof value === 'string' ? value : briefJson(value)] as const,
  )
  return done([`registered ${client_id}`, '', ...fields(shown)], client, [
    ...notes,
    ...(registration.resources.length === 0 ? nextForApi(client_id) : nextForPartner(client_id)),
  ])
}

const nextForPartner = (clientId: string): readonly string[] => [
  `next: tell the partner its client_id, ${clientId}; it calls the token endpoint with`,
  `  grant_type=client_credentials&client_id=${clientId} over TLS with its certificate`,
]

const nextForApi = (clientId: string): readonly string[] => [
  `next: tell the API its client_id, ${clientId}; it gets no tokens, and asks about those of others at`,
  `  /introspect with client_id=${clientId}&token=... over TLS with its certificate`,
]
