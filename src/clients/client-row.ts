import * as v from 'valibot'
import { boundedCache } from '../encoding/bounded-cache.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { members, readBy, validate } from '../encoding/schema.ts'
import { acceptedKeyUsages, revocationPolicies } from '../trust-anchors/trust-anchor-set.ts'
import { trustAnchor, unparsedCertificate } from '../x509/index.ts'
import type { Client } from './client.ts'
import { parseRegistration, type Registration } from './registration.ts'

const text = v.string('want a text')
const json = v.pipe(text, v.parseJson(undefined, 'want JSON'))
const flag = v.pipe(
  v.picklist([0, 1], 'want 0 or 1'),
  v.transform((value) => value === 1),
)
const integer = v.pipe(v.number('want an integer'), v.safeInteger('want an integer'))
const version = v.pipe(integer, v.minValue(1, 'want a positive integer'))

const registrationSchema = {
  client_id: text,
  client_name: text,
  grant_types: json,
  token_endpoint_auth_method: text,
  trust_anchor_set: v.nullable(text),
  subject_attribute: v.nullable(text),
  subject_value: v.nullable(text),
  subject_key: v.nullable(text),
  jwks: v.nullable(json),
  scope: text,
  resources: json,
  tls_client_certificate_bound_access_tokens: flag,
  access_token_format: text,
  introspection_resources: json,
}

type ColumnName = keyof typeof registrationSchema

/** The columns of `clients` that hold a registration. */
export const registrationColumns = Object.keys(registrationSchema) as readonly ColumnName[]

/** The values of {@link registrationColumns}. */
export type RegistrationColumns = ReturnType<typeof toColumns>

/** A stored client that the parser refuses: the row was altered, or another version wrote it. */
export class InvalidClientRow extends Error {
  override readonly name = 'InvalidClientRow'
}

/** The columns that store a registration. */
export function toColumns(registration: Registration) {
  const { authentication } = registration
  const pki = authentication.token_endpoint_auth_method === 'tls_client_auth'
  return {
    client_id: registration.client_id,
    client_name: registration.client_name,
    grant_types: JSON.stringify(registration.grant_types),
    token_endpoint_auth_method: authentication.token_endpoint_auth_method,
    trust_anchor_set: pki ? authentication.trust_anchor_set : null,
    subject_attribute: pki ? authentication.subject.attribute : null,
    subject_value: pki ? authentication.subject.value : null,
    subject_key: pki ? authentication.subject.key : null,
    jwks: pki ? null : JSON.stringify({ keys: authentication.keys.map((key) => key.jwk) }),
    scope: registration.scope.join(' '),
    resources: JSON.stringify(registration.resources),
    tls_client_certificate_bound_access_tokens:
      registration.tls_client_certificate_bound_access_tokens ? 1 : 0,
    access_token_format: registration.access_token_format,
    introspection_resources: JSON.stringify(registration.introspection_resources),
  } satisfies Record<ColumnName, string | number | null>
}

const ders = v.pipe(
  json,
  v.array(
    readBy((hex) => {
      const der = typeof hex === 'string' ? fromHex(hex) : null
      return der === null ? err('want hex') : ok(der)
    }),
    'want an array',
  ),
)

/** In characters of columns: some hundred sets. */
const certificatesCapacity = 1 << 22

/**
 * A column of certificates. Clients with one set share them, so that they are decoded and parsed once:
 * a cold client with many anchors costs no more than one with few.
 */
function certificates<T>(toCertificate: (der: Bytes) => T) {
  type Cached = { readonly column: string; readonly certificates: readonly T[] }
  const cache = boundedCache<Cached>(certificatesCapacity, (_, { column }) => column.length)
  return readBy((column): Result<readonly T[], string> => {
    // A key of more than 16,383 characters would be hashed by its length only.
    const key = typeof column === 'string' ? `${column.length} ${column.slice(0, 256)}` : ''
    const cached = cache.get(key)
    if (cached !== undefined && cached.column === column) return ok(cached.certificates)
    const decoded = validate(ders, column)
    if (!decoded.ok || typeof column !== 'string') return err('want a JSON array of hex')
    const read = decoded.value.map(toCertificate)
    cache.set(key, { column, certificates: read })
    return ok(read)
  })
}

// A set whose settings cannot be read must not become one without any.
const setSchema = {
  trust_anchors_version: version,
  trust_anchors: certificates(trustAnchor),
  intermediates: certificates(unparsedCertificate),
  revocation: v.picklist(revocationPolicies, `want one of ${revocationPolicies.join(', ')}`),
  extended_key_usage: v.pipe(
    json,
    v.array(v.picklist(acceptedKeyUsages, `want one of ${acceptedKeyUsages.join(', ')}`)),
  ),
  crl_generation: integer,
}

const rowMessage = 'want a row'
const clientSchema = { ...registrationSchema, version, enabled: flag }
const storedClient = members(clientSchema, rowMessage)
const storedSet = members(setSchema, rowMessage)
const storedRecord = members(
  { ...clientSchema, tokens_revoked_before: integer, created_at: integer, updated_at: integer },
  rowMessage,
)

type StoredClient = v.InferOutput<typeof storedClient>

/** A registered client as operators see it, whether or not the Worker would accept it. */
export type ClientRecord = Readonly<v.InferOutput<typeof storedRecord>>

function read<S extends v.GenericSchema>(schema: S, row: unknown): v.InferOutput<S> {
  const columns = validate(schema, row)
  if (columns.ok) return columns.value
  const { client_id: id } = Object(row)
  throw new InvalidClientRow(`client ${id}: ${columns.error.join('; ')}`)
}

/**
 * Reads a row with all columns of `clients`.
 * @throws InvalidClientRow if a column does not have its type
 */
export const recordFromRow = (row: unknown): ClientRecord => read(storedRecord, row)

/** What {@link parseRegistration} reads as this client. */
export function metadataOf(client: Omit<StoredClient, 'version' | 'enabled'>) {
  const metadata = {
    client_id: client.client_id,
    client_name: client.client_name,
    grant_types: client.grant_types,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    trust_anchor_set: client.trust_anchor_set,
    [client.subject_attribute ?? 'subject']: client.subject_value,
    jwks: client.jwks,
    scope: client.scope,
    resources: client.resources,
    tls_client_certificate_bound_access_tokens: client.tls_client_certificate_bound_access_tokens,
    access_token_format: client.access_token_format,
    introspection_resources: client.introspection_resources,
  }
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
}

/** The metadata of a registration. */
export const toMetadata = (registration: Registration) =>
  metadataOf(read(storedClient, { ...toColumns(registration), version: 1, enabled: 1 }))

/**
 * Reads the registration of a stored client, by the parser that registered it.
 * @returns the registration, or why the Worker refuses it
 */
export function registrationOf(
  client: Omit<StoredClient, 'version' | 'enabled'>,
): Result<Registration, string> {
  const registration = parseRegistration(metadataOf(client))
  if (!registration.ok) return err(registration.error.join('; '))
  const columns = toColumns(registration.value)
  const { subject_attribute: attribute, subject_value: value } = columns
  if (attribute !== client.subject_attribute || value !== client.subject_value) {
    return err('has a subject that its method does not use')
  }
  // The unique index over subject_key holds one client a subject: it must be the key that is compared.
  return columns.subject_key === client.subject_key
    ? registration
    : err('subject_key is not that of subject_value')
}

/**
 * Reads a whole client with its trust anchors.
 * @param row of D1 or of its copy in KV: any value
 * @throws InvalidClientRow if our own commands would not write it
 */
export function clientFromRow(row: unknown): Client {
  const stored = read(storedClient, row)
  const { version, enabled, trust_anchor_set: name } = stored
  const registration = registrationOf(stored)
  if (!registration.ok) {
    throw new InvalidClientRow(`client ${stored.client_id}: ${registration.error}`)
  }
  const client = { ...registration.value, version, enabled }
  if (name === null) return { ...client, trustAnchors: null }
  const set = read(storedSet, row)
  const trustAnchors = {
    name,
    version: set.trust_anchors_version,
    certificates: set.trust_anchors,
    intermediates: set.intermediates,
    revocation: set.revocation,
    extendedKeyUsage: set.extended_key_usage,
    crlGeneration: set.crl_generation,
  }
  return { ...client, trustAnchors }
}
