import type { RegistrationColumns } from '../../clients/client-row.ts'
import {
  type Database,
  integerOf,
  query,
  type Row,
  textOf,
  textOrNull,
} from '../../storage/database.ts'

/** A client as the database has it, whether or not the Worker would accept the row. */
export type ClientRecord = RegistrationColumns & {
  readonly version: number
  readonly enabled: boolean
  /** Tokens issued then or earlier are not active: seconds since the epoch, 0 for never. */
  readonly tokens_revoked_before: number
  /** Seconds since the epoch. */
  readonly created_at: number
  readonly updated_at: number
}

const COLUMNS = `client_id, client_name, token_endpoint_auth_method, trust_anchor_set,
  subject_attribute, subject_value, subject_key, jwks, scope, resources,
  tls_client_certificate_bound_access_tokens, access_token_format, introspection_resources,
  tokens_revoked_before, version, enabled, created_at, updated_at`

const FIND = `SELECT ${COLUMNS} FROM clients WHERE client_id = ?1`
const PAGE = `SELECT ${COLUMNS} FROM clients WHERE client_id > ?1 ORDER BY client_id LIMIT ?2`

/** The client of that identifier, or null. */
export async function findClient(
  database: Database,
  clientId: string,
): Promise<ClientRecord | null> {
  const [row] = await query(database, FIND, clientId)
  return row === undefined ? null : recordOf(row)
}

/** Up to `limit` clients whose identifiers come after one, in the order of their identifiers. */
export async function pageOfClients(
  database: Database,
  after: string,
  limit: number,
): Promise<ClientRecord[]> {
  return (await query(database, PAGE, after, limit)).map(recordOf)
}

const recordOf = (row: Row): ClientRecord => ({
  client_id: textOf(row, 'client_id'),
  client_name: textOf(row, 'client_name'),
  token_endpoint_auth_method: textOf(row, 'token_endpoint_auth_method'),
  trust_anchor_set: textOrNull(row, 'trust_anchor_set'),
  subject_attribute: textOrNull(row, 'subject_attribute'),
  subject_value: textOrNull(row, 'subject_value'),
  subject_key: textOrNull(row, 'subject_key'),
  jwks: textOrNull(row, 'jwks'),
  scope: textOf(row, 'scope'),
  resources: textOf(row, 'resources'),
  tls_client_certificate_bound_access_tokens: integerOf(
    row,
    'tls_client_certificate_bound_access_tokens',
  ),
  access_token_format: textOf(row, 'access_token_format'),
  introspection_resources: textOf(row, 'introspection_resources'),
  tokens_revoked_before: integerOf(row, 'tokens_revoked_before'),
  version: integerOf(row, 'version'),
  enabled: integerOf(row, 'enabled') === 1,
  created_at: integerOf(row, 'created_at'),
  updated_at: integerOf(row, 'updated_at'),
})

/** What a client is, in the names of RFC 7591 and RFC 8705: for audit rows and for `--json`. */
export const describeClient = (record: RegistrationColumns & { readonly enabled: boolean }) => ({
  ...metadataOf(record),
  enabled: record.enabled,
})

/** A client's metadata as the parser of registrations takes it; whether it accepts it is open. */
export function metadataOf(record: RegistrationColumns) {
  return {
    client_id: record.client_id,
    client_name: record.client_name,
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: record.token_endpoint_auth_method,
    ...(record.trust_anchor_set === null ? {} : { trust_anchor_set: record.trust_anchor_set }),
    ...(record.subject_attribute === null
      ? {}
      : { [record.subject_attribute]: record.subject_value }),
    ...(record.jwks === null ? {} : { jwks: fromJson(record.jwks) }),
    scope: record.scope,
    resources: fromJson(record.resources),
    tls_client_certificate_bound_access_tokens:
      record.tls_client_certificate_bound_access_tokens === 1,
    access_token_format: record.access_token_format,
    introspection_resources: fromJson(record.introspection_resources),
  }
}

/** The JWKs of a client that has some, else none. */
export function keysOf(record: RegistrationColumns): Readonly<Record<string, unknown>>[] {
  const jwks = fromJson(record.jwks ?? 'null')
  const keys: unknown = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : []
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'object' && key !== null) : []
}

const fromJson = (text: string): unknown => JSON.parse(text) // json_valid() in schema.sql
