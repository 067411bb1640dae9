import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import {
  acceptedKeyUsages,
  revocationPolicies,
  type TrustAnchorSet,
} from '../trust-anchors/trust-anchor-set.ts'
import type { Client } from './client.ts'
import { subjectAttributes } from './registered-subject.ts'
import { parseRegistration, type Registration } from './registration.ts'

/** The columns of `clients` that say what a client is; schema.sql has their rules. */
export type RegistrationColumns = {
  readonly client_id: string
  readonly client_name: string
  readonly token_endpoint_auth_method: string
  readonly trust_anchor_set: string | null
  readonly subject_attribute: string | null
  readonly subject_value: string | null
  readonly subject_key: string | null
  readonly jwks: string | null
  readonly scope: string
  readonly resources: string
  readonly tls_client_certificate_bound_access_tokens: number
  readonly access_token_format: string
  readonly introspection_resources: string
}

/** A row of `clients` with its anchor set, as D1 and its copies in KV hold it. */
export type ClientRow = RegistrationColumns &
  SetColumns & {
    readonly version: number
    readonly enabled: number
  }

/** What a judgement needs of a client's anchor set. */
export type SetColumns = {
  /** The version of the trust anchor set, null where there is none. */
  readonly trust_anchors_version: number | null
  /** A JSON array of the set's certificates, DER in upper-case hex. */
  readonly trust_anchors: string
  /** The same of its intermediates. */
  readonly intermediates: string
  /** The settings of the set, all null where there is none. */
  readonly revocation: string | null
  readonly extended_key_usage: string | null
  readonly crl_generation: number | null
}

/** A stored client is not one that the parser accepts: the store was altered, or is of another version. */
export class InvalidClientRow extends Error {
  override readonly name = 'InvalidClientRow'
}

/** The columns that hold a registration. */
export function toColumns(registration: Registration): RegistrationColumns {
  const { authentication } = registration
  const pki = authentication.token_endpoint_auth_method === 'tls_client_auth'
  return {
    client_id: registration.client_id,
    client_name: registration.client_name,
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
  }
}

/**
 * Reads the registration in a row, by the parser that registered it.
 * @throws InvalidClientRow where that parser would not have accepted it
 */
export function registrationFromColumns(row: RegistrationColumns): Registration {
  const metadata: Record<string, unknown> = {
    client_id: row.client_id,
    client_name: row.client_name,
    token_endpoint_auth_method: row.token_endpoint_auth_method,
    scope: row.scope,
    resources: fromJson(row.resources),
    tls_client_certificate_bound_access_tokens: flag(
      row.tls_client_certificate_bound_access_tokens,
    ),
    access_token_format: row.access_token_format,
    introspection_resources: fromJson(row.introspection_resources),
  }
  if (row.trust_anchor_set !== null) metadata.trust_anchor_set = row.trust_anchor_set
  if (row.jwks !== null) metadata.jwks = fromJson(row.jwks)
  const attribute = subjectAttributes.find((name) => name === row.subject_attribute)
  if (attribute !== undefined) metadata[attribute] = row.subject_value
  const registration = parseRegistration(metadata)
  if (!registration.ok) {
    throw new InvalidClientRow(`client ${row.client_id}: ${registration.error.join('; ')}`)
  }
  // The unique index over subject_key holds one client a subject: it must be the key we compare by.
  const { subject_attribute, subject_value, subject_key } = toColumns(registration.value)
  if (subject_attribute !== row.subject_attribute || subject_value !== row.subject_value) {
    throw new InvalidClientRow(
      `client ${row.client_id}: has a subject that its method does not use`,
    )
  }
  if (subject_key !== row.subject_key) {
    throw new InvalidClientRow(`client ${row.client_id}: subject_key is not that of subject_value`)
  }
  return registration.value
}

/**
 * Reads a whole client.
 * @throws InvalidClientRow where the row is not one that our own commands write
 */
export function clientFromRow(row: ClientRow): Client {
  return {
    ...registrationFromColumns(row),
    version: version(row.version),
    enabled: flag(row.enabled),
    trustAnchors: trustAnchorsFromRow(row),
  }
}

// A copy of a row may come from anywhere: its types are no promise.

function flag(value: unknown): boolean {
  if (value === 0 || value === 1) return value === 1
  throw new InvalidClientRow('a flag is neither 0 nor 1')
}

function version(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidClientRow('a version is not a positive integer')
}

function trustAnchorsFromRow(row: ClientRow): TrustAnchorSet | null {
  if (row.trust_anchor_set === null) return null
  if (row.trust_anchors_version === null) {
    throw new InvalidClientRow(`client ${row.client_id}: its trust anchor set is missing`)
  }
  return {
    name: row.trust_anchor_set,
    version: version(row.trust_anchors_version),
    certificates: certificates(row, row.trust_anchors),
    intermediates: certificates(row, row.intermediates),
    ...settings(row),
  }
}

function certificates({ client_id }: ClientRow, column: string): readonly Bytes[] {
  const entries = fromJson(column)
  const ders = Array.isArray(entries)
    ? entries.map((entry) => (typeof entry === 'string' ? fromHex(entry) : null))
    : [null]
  return ders.map((der) => {
    if (der !== null) return der
    throw new InvalidClientRow(`client ${client_id}: a certificate of its set is not hex`)
  })
}

function settings(row: ClientRow) {
  const revocation = revocationPolicies.find((policy) => policy === row.revocation)
  const usages = row.extended_key_usage === null ? null : fromJson(row.extended_key_usage)
  const { crl_generation: crlGeneration } = row
  const right =
    revocation !== undefined && Array.isArray(usages) && Number.isSafeInteger(crlGeneration)
  // A set whose settings cannot be read must not become one without any.
  if (!right || crlGeneration === null || !usages.every(isAcceptedKeyUsage)) {
    throw new InvalidClientRow(`client ${row.client_id}: its trust anchor set has wrong settings`)
  }
  return { revocation, extendedKeyUsage: usages.filter(isAcceptedKeyUsage), crlGeneration }
}

const isAcceptedKeyUsage = (value: unknown): value is (typeof acceptedKeyUsages)[number] =>
  acceptedKeyUsages.some((usage) => usage === value)

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidClientRow('a JSON column does not hold JSON', { cause })
  }
}
