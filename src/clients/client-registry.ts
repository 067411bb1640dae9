import { err, ok, type Result } from '../encoding/result.ts'
import { type AuditedBy, audited } from '../storage/audit-row.ts'
import { ConstraintViolation, type Database, query, statement } from '../storage/database.ts'
import { findConflicts, insertClient } from './client-import.ts'
import {
  type ClientRecord,
  InvalidClientRow,
  metadataOf,
  recordFromRow,
  registrationColumns,
  toColumns,
  toMetadata,
} from './client-row.ts'
import { maxRegisteredKeys, registeredKeyId, thumbprintProblem } from './registered-key.ts'
import { parseRegistration, type Registration } from './registration.ts'

type InvalidMetadata = {
  readonly why: 'invalid_metadata'
  readonly problems: readonly string[]
}

/** Why a client was not registered. */
export type AddRefusal =
  | InvalidMetadata
  | { readonly why: 'client_id_taken'; readonly clientId: string }
  | { readonly why: 'subject_taken'; readonly holder: string }
  | { readonly why: 'trust_anchor_set_unknown'; readonly set: string }

/** Why a client was not changed. */
export type ChangeRefusal =
  | InvalidMetadata
  | { readonly why: 'client_unknown'; readonly clientId: string }
  | { readonly why: 'unchanged'; readonly client: ClientRecord }
  /** Others changed the client at the same time, again and again. */
  | { readonly why: 'changed_meanwhile'; readonly clientId: string }
  /** The client authenticates by the subject of its certificate: it has no list of certificates. */
  | { readonly why: 'has_no_keys'; readonly client: ClientRecord }
  | { readonly why: 'too_many_keys'; readonly client: ClientRecord; readonly count: number }
  | { readonly why: 'key_unknown'; readonly clientId: string }
  | { readonly why: 'last_key'; readonly clientId: string }

/** A client before and after a change; `after` is null for a removed one. */
export type ChangedClient = { readonly before: ClientRecord; readonly after: ClientRecord | null }

const COLUMNS = `${registrationColumns.join(', ')}, version, enabled, tokens_revoked_before,
  created_at, updated_at`
const FIND = `SELECT ${COLUMNS} FROM clients WHERE client_id = ?1`
const PAGE = `SELECT ${COLUMNS} FROM clients WHERE client_id > ?1 ORDER BY client_id LIMIT ?2`

/** The columns that a change can replace. How a client authenticates is not among them, but its keys. */
const replaceable = [
  'enabled',
  'jwks',
  'client_name',
  'grant_types',
  'scope',
  'resources',
  'tls_client_certificate_bound_access_tokens',
  'access_token_format',
  'introspection_resources',
] as const

// Tokens are revoked by the clock of the database, at the time of the write: the clock here may be slow,
// and with a remote database seconds pass in between. Revoked tokens stay revoked.
const UPDATE = `
  UPDATE clients SET
    ${replaceable.map((name) => `${name} = coalesce(?4 ->> '${name}', ${name})`).join(', ')},
    tokens_revoked_before = max(tokens_revoked_before, CASE ?5 WHEN 1 THEN unixepoch() ELSE 0 END),
    updated_at = ?3, version = version + 1
  WHERE client_id = ?1 AND version = ?2 RETURNING ${COLUMNS}`

const DELETE = 'DELETE FROM clients WHERE client_id = ?1 AND version = ?2 RETURNING version'

/** Changes of one client at the same time are rare; each attempt starts from the current state. */
const attempts = 5

/** The values that a change replaces; null removes the client. */
type Edit = Partial<Pick<ClientRecord, (typeof replaceable)[number]>> | null

type Edited = Result<Edit, ChangeRefusal>

type Change = {
  /** What the audit row calls it. */
  readonly what: string
  readonly edit: (before: ClientRecord) => Edited | Promise<Edited>
  readonly revokesTokens?: boolean
}

type Jwk = Readonly<Record<string, unknown>>

/** What a client is, in the names of RFC 7591 and RFC 8705: for audit rows and for operators. */
export const describeClient = (client: ClientRecord) => ({
  ...metadataOf(client),
  enabled: client.enabled,
})

/** The JWKs of a client; none for a client without `jwks`. */
export function keysOf({ jwks }: Pick<ClientRecord, 'jwks'>): readonly Jwk[] {
  const keys: unknown = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : []
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'object' && key !== null) : []
}

/** The clients of a database. Each write leaves an audit row in the same transaction. */
export type ClientRegistry = ReturnType<typeof clientRegistry>
export const clientRegistry = (database: Database) => ({
  get: (clientId: string) => findClient(database, clientId),
  /** Up to `limit` clients whose client_id comes after `after`, in the order of their client_ids. */
  list: async (after: string, limit: number): Promise<readonly ClientRecord[]> =>
    (await query(database, PAGE, after, limit)).map(recordFromRow),
  add: (registration: Registration, by: AuditedBy) => addClient(database, registration, by),
  /** Replaces the given members of the metadata. How the client authenticates cannot be replaced. */
  update: (clientId: string, members: Readonly<Record<string, unknown>>, by: AuditedBy) =>
    changeClient(database, clientId, by, {
      what: 'client.update',
      edit: (before) => replaceMembers(before, members),
    }),
  setEnabled: (clientId: string, enabled: boolean, by: AuditedBy) =>
    changeClient(database, clientId, by, {
      what: enabled ? 'client.enable' : 'client.disable',
      edit: () => ok({ enabled }),
    }),
  addKey: (clientId: string, jwk: Jwk, by: AuditedBy) =>
    changeClient(database, clientId, by, {
      what: 'client.add-certificate',
      edit: (before) => addKey(before, jwk),
    }),
  /** @param id the key's {@link registeredKeyId} */
  removeKey: (clientId: string, id: string, by: AuditedBy) =>
    changeClient(database, clientId, by, {
      what: 'client.remove-certificate',
      edit: (before) => removeKey(before, id),
    }),
  /** Revokes every token that the client has received so far. */
  revokeTokens: (clientId: string, by: AuditedBy) =>
    changeClient(database, clientId, by, {
      what: 'client.revoke-tokens',
      edit: () => ok({}),
      revokesTokens: true,
    }),
  remove: (clientId: string, by: AuditedBy) =>
    changeClient(database, clientId, by, { what: 'client.remove', edit: () => ok(null) }),
})

function replaceMembers(before: ClientRecord, members: Readonly<Record<string, unknown>>): Edited {
  const parsed = parseRegistration({ ...metadataOf(before), ...members })
  if (!parsed.ok) return err({ why: 'invalid_metadata', problems: parsed.error })
  const { value } = parsed
  // The columns of the authentication are not written: an invalid row must not be repaired unnoticed.
  return ok({
    client_name: value.client_name,
    grant_types: value.grant_types,
    scope: value.scope.join(' '),
    resources: value.resources,
    tls_client_certificate_bound_access_tokens: value.tls_client_certificate_bound_access_tokens,
    access_token_format: value.access_token_format,
    introspection_resources: value.introspection_resources,
  })
}

async function addKey(before: ClientRecord, jwk: Jwk): Promise<Edited> {
  if (before.jwks === null) return err({ why: 'has_no_keys', client: before })
  const keys = keysOf(before)
  const ids = await Promise.all(keys.map(registeredKeyId))
  if (ids.includes(await registeredKeyId(jwk))) return ok({})
  return keys.length < maxRegisteredKeys
    ? ok({ jwks: { keys: [...keys, jwk] } })
    : err({ why: 'too_many_keys', client: before, count: keys.length })
}

async function removeKey(before: ClientRecord, id: string): Promise<Edited> {
  const clientId = before.client_id
  if (before.jwks === null) return err({ why: 'has_no_keys', client: before })
  const all = keysOf(before)
  const ids = await Promise.all(all.map(registeredKeyId))
  const keys = all.filter((_, index) => ids[index] !== id)
  if (keys.length === all.length) return err({ why: 'key_unknown', clientId })
  return keys.length === 0 ? err({ why: 'last_key', clientId }) : ok({ jwks: { keys } })
}

async function findClient(database: Database, clientId: string): Promise<ClientRecord | null> {
  const [row] = await query(database, FIND, clientId)
  return row === undefined ? null : recordFromRow(row)
}

async function addClient(
  database: Database,
  registration: Registration,
  by: AuditedBy,
): Promise<Result<Registration, AddRefusal>> {
  const { authentication, client_id: clientId } = registration
  const problem = 'keys' in authentication ? await thumbprintProblem(authentication.keys) : null
  if (problem !== null) return err({ why: 'invalid_metadata', problems: [problem] })
  const columns = toColumns(registration)
  const after = { ...toMetadata(registration), enabled: true }
  try {
    await database.batch([
      insertClient(columns, by.at),
      audited({ ...by, what: 'client.add', subject: clientId, before: null, after }),
    ])
    return ok(registration)
  } catch (fault) {
    if (!(fault instanceof ConstraintViolation)) throw fault
    const [conflict] = await findConflicts(database, [columns])
    if (conflict?.present) return err({ why: 'client_id_taken', clientId })
    if (conflict?.holder) return err({ why: 'subject_taken', holder: conflict.holder })
    if (conflict?.missingSet) {
      return err({ why: 'trust_anchor_set_unknown', set: conflict.missingSet })
    }
    throw new InvalidClientRow('the schema refuses what the parser accepts', { cause: fault })
  }
}

/**
 * Changes a client unless somebody else changed it since it was read. Then the change is made again from
 * the new state, so that no write is lost.
 */
async function changeClient(
  database: Database,
  clientId: string,
  by: AuditedBy,
  { what, edit, revokesTokens = false }: Change,
): Promise<Result<ChangedClient, ChangeRefusal>> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const client = await findClient(database, clientId)
    if (client === null) return err({ why: 'client_unknown', clientId })
    const edited = await edit(client)
    if (!edited.ok) return edited
    const key = [clientId, client.version] as const
    const before = describeClient(client)
    const after = edited.value === null ? null : describeClient({ ...client, ...edited.value })
    if (!revokesTokens && JSON.stringify(before) === JSON.stringify(after)) {
      return err({ why: 'unchanged', client })
    }
    const [changed] = await database.batch([
      edited.value === null
        ? statement(DELETE, ...key)
        : statement(UPDATE, ...key, by.at, JSON.stringify(edited.value), Number(revokesTokens)),
      audited({ ...by, what, subject: clientId, before, after }),
    ])
    const row = changed?.[0]
    if (row !== undefined) {
      return ok({ before: client, after: edited.value === null ? null : recordFromRow(row) })
    }
  }
  return err({ why: 'changed_meanwhile', clientId })
}
