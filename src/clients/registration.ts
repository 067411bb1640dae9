import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantType } from '../oauth/grant-types.ts'
import { isResource, maxResources } from '../oauth/resource.ts'
import { parseScope } from '../oauth/scope.ts'
import { isTrustAnchorSetName } from '../trust-anchors/trust-anchor-set.ts'
import { parseRegisteredKeys, type RegisteredKey } from './registered-key.ts'
import {
  parseRegisteredSubject,
  type RegisteredSubject,
  subjectAttributes,
} from './registered-subject.ts'

/** How a client proves itself (RFC 8705 sections 2.1 and 2.2). The registration decides it. */
export type ClientAuthentication =
  | {
      readonly token_endpoint_auth_method: 'tls_client_auth'
      /** The name of the set whose anchors, and no others, may vouch for this client. */
      readonly trust_anchor_set: string
      readonly subject: RegisteredSubject
    }
  | {
      readonly token_endpoint_auth_method: 'self_signed_tls_client_auth'
      readonly keys: readonly RegisteredKey[]
    }

/** A client as the operator registered it, in the names of RFC 7591 section 2. */
export type Registration = {
  readonly client_id: string
  readonly client_name: string
  readonly authentication: ClientAuthentication
  readonly grant_types: readonly GrantType[]
  /** What it may be granted; also what it gets when it asks for no scope. */
  readonly scope: readonly string[]
  /**
   * Which resources it may name (RFC 8707); the first is the audience when it names none. Empty for
   * one that gets no tokens: it is there to introspect those of others.
   */
  readonly resources: readonly string[]
  /** RFC 8705 section 3.4. */
  readonly tls_client_certificate_bound_access_tokens: boolean
  readonly access_token_format: AccessTokenFormat
  /** The audiences whose tokens it may introspect (RFC 7662); empty for none. */
  readonly introspection_resources: readonly string[]
}

/** Whether a client's tokens say what they are worth (RFC 9068), or have to be introspected. */
export type AccessTokenFormat = (typeof accessTokenFormats)[number]
export const accessTokenFormats = ['jwt', 'opaque'] as const

const clientIdSyntax = /^[A-Za-z0-9._~-]{1,128}$/

/** Whether a text can be the `client_id` of a registered client. */
export const isClientId = (text: string): boolean => clientIdSyntax.test(text)

const known: ReadonlySet<string> = new Set([
  'client_id',
  'client_name',
  'grant_types',
  'token_endpoint_auth_method',
  'trust_anchor_set',
  ...subjectAttributes,
  'jwks',
  'scope',
  'resources',
  'tls_client_certificate_bound_access_tokens',
  'access_token_format',
  'introspection_resources',
])

/**
 * Parses client metadata: JSON in the names of RFC 7591 section 2 and RFC 8705, and our own
 * `trust_anchor_set`, `resources`, `access_token_format` and `introspection_resources`.
 * @returns the registration, or everything that is wrong, a sentence each
 */
export function parseRegistration(metadata: unknown): Result<Registration, readonly string[]> {
  if (!isRecord(metadata)) return err(['client metadata: want a JSON object'])
  const problems: string[] = []
  const introspection = readResources(metadata, 'introspection_resources', 0, problems)
  const unknown = Object.keys(metadata).filter((name) => !known.has(name))
  if (unknown.length > 0) problems.push(`unknown client metadata: ${unknown.join(', ')}`)
  const grants = metadata.grant_types ?? ['client_credentials']
  if (JSON.stringify(grants) !== '["client_credentials"]') {
    problems.push('grant_types: only ["client_credentials"] is supported')
  }
  const registration = {
    client_id: readClientId(metadata.client_id, problems),
    client_name: readClientName(metadata.client_name ?? metadata.client_id, problems),
    authentication: readAuthentication(metadata, problems),
    grant_types: ['client_credentials'] as const,
    scope: readScope(metadata.scope ?? '', problems),
    resources: readResources(metadata, 'resources', introspection.length > 0 ? 0 : 1, problems),
    tls_client_certificate_bound_access_tokens: readBound(metadata, problems),
    access_token_format: readFormat(metadata.access_token_format ?? 'jwt', problems),
    introspection_resources: introspection,
  }
  const { authentication } = registration
  return problems.length > 0 || authentication === null
    ? err(problems)
    : ok({ ...registration, authentication })
}

/** The metadata that {@link parseRegistration} reads back as this registration. */
export function toMetadata(registration: Registration): Record<string, unknown> {
  const { authentication } = registration
  return {
    client_id: registration.client_id,
    client_name: registration.client_name,
    grant_types: registration.grant_types,
    token_endpoint_auth_method: authentication.token_endpoint_auth_method,
    ...(authentication.token_endpoint_auth_method === 'tls_client_auth'
      ? {
          trust_anchor_set: authentication.trust_anchor_set,
          [authentication.subject.attribute]: authentication.subject.value,
        }
      : { jwks: { keys: authentication.keys.map((key) => key.jwk) } }),
    scope: registration.scope.join(' '),
    resources: registration.resources,
    tls_client_certificate_bound_access_tokens:
      registration.tls_client_certificate_bound_access_tokens,
    access_token_format: registration.access_token_format,
    introspection_resources: registration.introspection_resources,
  }
}

function readClientId(value: unknown, problems: string[]): string {
  if (typeof value === 'string' && isClientId(value)) return value
  problems.push('client_id: want 1 to 128 of A-Z a-z 0-9 . _ ~ -')
  return ''
}

// Controls, what ends a line, halves of a pair, and what turns the reading direction of the text
// around it: a name stands beside others in lists and logs. Joiners stay, some scripts need them.
const unfitForName = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

function readClientName(value: unknown, problems: string[]): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > 200) {
    problems.push('client_name: want 1 to 200 characters')
    return ''
  }
  const unfit = unfitForName.exec(value)
  if (unfit === null) return value
  const code = unfit[0].codePointAt(0) ?? 0
  problems.push(
    `client_name: holds a control character, U+${code.toString(16).toUpperCase().padStart(4, '0')}, ` +
      `as character ${unfit.index + 1}`,
  )
  return ''
}

function readAuthentication(
  metadata: Record<string, unknown>,
  problems: string[],
): ClientAuthentication | null {
  const method = metadata.token_endpoint_auth_method
  switch (method) {
    case 'tls_client_auth':
      return readTlsClientAuth(metadata, problems)
    case 'self_signed_tls_client_auth':
      return readSelfSigned(metadata, problems)
    default:
      problems.push(
        'token_endpoint_auth_method: want tls_client_auth or self_signed_tls_client_auth',
      )
      return null
  }
}

function readTlsClientAuth(
  metadata: Record<string, unknown>,
  problems: string[],
): ClientAuthentication | null {
  const set = metadata.trust_anchor_set
  const named = typeof set === 'string' && isTrustAnchorSetName(set)
  if (!named) problems.push('trust_anchor_set: want 1 to 64 of A-Z a-z 0-9 . _ -')
  if ('jwks' in metadata) problems.push('jwks: not with tls_client_auth')
  const subject = parseRegisteredSubject(metadata)
  if (!subject.ok) problems.push(subject.error)
  return named && subject.ok
    ? {
        token_endpoint_auth_method: 'tls_client_auth',
        trust_anchor_set: set,
        subject: subject.value,
      }
    : null
}

function readSelfSigned(
  metadata: Record<string, unknown>,
  problems: string[],
): ClientAuthentication | null {
  for (const name of ['trust_anchor_set', ...subjectAttributes]) {
    if (name in metadata) problems.push(`${name}: not with self_signed_tls_client_auth`)
  }
  const keys = parseRegisteredKeys(metadata.jwks)
  if (!keys.ok) problems.push(...keys.error)
  else if (JSON.stringify(metadata.jwks).length > maxJwksLength) {
    problems.push(`jwks: want at most ${maxJwksLength} characters of JSON`)
  }
  return keys.ok
    ? { token_endpoint_auth_method: 'self_signed_tls_client_auth', keys: keys.value }
    : null
}

/** schema.sql holds no longer ones. */
const maxScopeLength = 4096
const maxJwksLength = 65_536

function readScope(value: unknown, problems: string[]): readonly string[] {
  if (typeof value === 'string' && value.length > maxScopeLength) {
    problems.push(`scope: want at most ${maxScopeLength} characters`)
    return []
  }
  const scope = typeof value === 'string' ? parseScope(value) : err({ token: typeof value })
  if (scope.ok) return scope.value
  problems.push(`scope: not a scope token (RFC 6749 section 3.3): ${scope.error.token}`)
  return []
}

function readResources(
  metadata: Record<string, unknown>,
  name: 'resources' | 'introspection_resources',
  least: number,
  problems: string[],
): readonly string[] {
  const value = metadata[name] === undefined ? [] : metadata[name]
  const wanted = `${name}: want ${least} to ${maxResources} absolute URIs without fragment (RFC 8707)`
  if (!Array.isArray(value) || value.length < least || value.length > maxResources) {
    problems.push(wanted)
    return []
  }
  const resources = value.filter((entry) => typeof entry === 'string' && isResource(entry))
  if (resources.length < value.length) problems.push(wanted)
  return [...new Set(resources)]
}

function readBound(metadata: Record<string, unknown>, problems: string[]): boolean {
  const bound = metadata.tls_client_certificate_bound_access_tokens ?? true
  if (typeof bound === 'boolean') return bound
  problems.push('tls_client_certificate_bound_access_tokens: want true or false')
  return true
}

function readFormat(value: unknown, problems: string[]): AccessTokenFormat {
  const format = accessTokenFormats.find((each) => each === value)
  if (format === undefined) problems.push('access_token_format: want jwt or opaque')
  return format ?? 'jwt'
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
