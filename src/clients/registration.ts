import * as v from 'valibot'
import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { members, readBy, validate } from '../encoding/schema.ts'
import { type ClientAuthMethod, clientAuthMethods } from '../oauth/client-auth-methods.ts'
import { type GrantType, grantTypes } from '../oauth/grant-types.ts'
import { isResource, maxResources } from '../oauth/resource.ts'
import { parseScope } from '../oauth/scope.ts'
import { isTrustAnchorSetName } from '../trust-anchors/trust-anchor-set.ts'
import { parseRegisteredKeys, type RegisteredKey } from './registered-key.ts'
import {
  parseRegisteredSubject,
  type RegisteredSubject,
  subjectAttributes,
} from './registered-subject.ts'

/** How a client authenticates (RFC 8705 sections 2.1 and 2.2). The registration decides it. */
export type ClientAuthentication =
  | {
      readonly token_endpoint_auth_method: 'tls_client_auth'
      /** The set whose anchors may vouch for this client. No other anchors may. */
      readonly trust_anchor_set: string
      readonly subject: RegisteredSubject
    }
  | {
      readonly token_endpoint_auth_method: 'self_signed_tls_client_auth'
      readonly keys: readonly RegisteredKey[]
    }

/** A client as registered, in the names of RFC 7591 section 2. */
export type Registration = {
  readonly client_id: string
  readonly client_name: string
  readonly grant_types: readonly GrantType[]
  readonly authentication: ClientAuthentication
  /** The scope that may be granted; it is also granted if a request names none. */
  readonly scope: readonly string[]
  /**
   * The resources that a request may name (RFC 8707); the first is the audience if a request names
   * none. Empty for a client that gets no tokens and only introspects the tokens of others.
   */
  readonly resources: readonly string[]
  /** RFC 8705 section 3.4. */
  readonly tls_client_certificate_bound_access_tokens: boolean
  readonly access_token_format: AccessTokenFormat
  /** The audiences whose tokens the client may introspect (RFC 7662). */
  readonly introspection_resources: readonly string[]
}

/** Whether a client's tokens are self-contained (RFC 9068) or must be introspected. */
export type AccessTokenFormat = (typeof accessTokenFormats)[number]
export const accessTokenFormats = ['jwt', 'opaque'] as const

const clientIdSyntax = /^[A-Za-z0-9._~-]{1,128}$/

/** Whether a text can be the `client_id` of a registered client. */
export const isClientId = (text: string): boolean => clientIdSyntax.test(text)

/** The metadata of each authentication method, which must be absent with every other method. */
const methodMembers = {
  tls_client_auth: ['trust_anchor_set', ...subjectAttributes],
  self_signed_tls_client_auth: ['jwks'],
} as const satisfies Record<ClientAuthMethod, readonly string[]>

/** In characters: the limits of what one row may hold. */
const maxScopeLength = 4096
const maxJwksLength = 65_536

const clientIdMessage = 'want 1 to 128 of A-Z a-z 0-9 . _ ~ -'
const nameMessage = 'want 1 to 200 characters'

// Control characters, line ends, halves of a surrogate pair, and characters that turn the direction of
// the text around them: a name is printed beside others in lists and logs. Joiners are allowed because
// some scripts need them.
const unfitForName = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

function describeUnfit({ input }: { readonly input: string }): string {
  const index = input.search(unfitForName)
  const code = (input.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `holds a control character, U+${code}, as character ${index + 1}`
}

const scope = readBy((value) => {
  const parsed = typeof value === 'string' ? parseScope(value) : err({ token: typeof value })
  if (typeof value === 'string' && value.length > maxScopeLength) {
    return err(`want at most ${maxScopeLength} characters`)
  }
  return parsed.ok ? parsed : err(`not a scope token (RFC 6749 section 3.3): ${parsed.error.token}`)
})

const registeredGrantTypes = readBy<readonly GrantType[]>((value) => {
  const known = Array.isArray(value) ? grantTypes.filter((grant) => value.includes(grant)) : []
  return Array.isArray(value) && value.length > 0 && value.every((one) => known.includes(one))
    ? ok(known)
    : err(`want a JSON array of ${grantTypes.join(', ')}`)
})

const resources = (least: 0 | 1) =>
  v.optional(
    v.pipe(
      v.custom<readonly string[]>(
        (value) =>
          Array.isArray(value) &&
          value.length >= least &&
          value.length <= maxResources &&
          value.every((entry) => typeof entry === 'string' && isResource(entry)),
        `want ${least} to ${maxResources} absolute URIs without fragment (RFC 8707)`,
      ),
      v.transform((uris): readonly string[] => [...new Set(uris)]),
    ),
    [],
  )

/** @param leastResources 0 for a client that introspects: it needs no tokens */
const entries = (leastResources: 0 | 1) => ({
  client_id: v.pipe(v.string(clientIdMessage), v.regex(clientIdSyntax, clientIdMessage)),
  client_name: v.pipe(
    v.string(nameMessage),
    v.minLength(1, nameMessage),
    v.maxLength(200, nameMessage),
    v.check((name) => !unfitForName.test(name), describeUnfit),
  ),
  grant_types: v.nullish(registeredGrantTypes, ['client_credentials']),
  scope: v.nullish(scope, ''),
  resources: resources(leastResources),
  tls_client_certificate_bound_access_tokens: v.nullish(v.boolean('want true or false'), true),
  access_token_format: v.nullish(v.picklist(accessTokenFormats, 'want jwt or opaque'), 'jwt'),
  introspection_resources: resources(0),
})

const notAnObject = 'client metadata: want a JSON object'
const schemas = {
  introspects: members(entries(0), notAnObject),
  getsTokens: members(entries(1), notAnObject),
}

const knownMembers: ReadonlySet<string> = new Set([
  ...Object.keys(entries(0)),
  'token_endpoint_auth_method',
  ...Object.values(methodMembers).flat(),
])

/**
 * Parses client metadata: JSON in the names of RFC 7591 section 2 and RFC 8705, and our own
 * `trust_anchor_set`, `resources`, `access_token_format` and `introspection_resources`.
 * @returns the registration, or everything that is wrong, a sentence each
 */
export function parseRegistration(metadata: unknown): Result<Registration, readonly string[]> {
  if (!isRecord(metadata)) return err([notAnObject])
  const { client_id, introspection_resources } = metadata
  const client_name = metadata.client_name ?? client_id
  const introspects = Array.isArray(introspection_resources) && introspection_resources.length > 0
  const schema = introspects ? schemas.introspects : schemas.getsTokens
  const registration = validate(schema, { ...metadata, client_name })
  const authentication = readAuthentication(metadata)
  const unknown = Object.keys(metadata).filter((name) => !knownMembers.has(name))
  if (registration.ok && authentication.ok && unknown.length === 0) {
    return ok({ ...registration.value, authentication: authentication.value })
  }
  return err([
    ...(unknown.length === 0 ? [] : [`unknown client metadata: ${unknown.join(', ')}`]),
    ...(registration.ok ? [] : registration.error),
    ...(authentication.ok ? [] : authentication.error),
  ])
}

type Metadata = Readonly<Record<string, unknown>>
type AuthenticationResult = Result<ClientAuthentication, readonly string[]>

function readAuthentication(metadata: Metadata): AuthenticationResult {
  const method = clientAuthMethods.find((name) => name === metadata.token_endpoint_auth_method)
  if (method === undefined) {
    return err([`token_endpoint_auth_method: want ${clientAuthMethods.join(' or ')}`])
  }
  const others = clientAuthMethods.filter((other) => other !== method)
  const foreign = others
    .flatMap((other): readonly string[] => methodMembers[other])
    .filter((name) => name in metadata)
    .map((name) => `${name}: not with ${method}`)
  const read = methodReaders[method](metadata)
  if (foreign.length === 0) return read
  return err(read.ok ? foreign : [...foreign, ...read.error])
}

const methodReaders: Readonly<
  Record<ClientAuthMethod, (metadata: Metadata) => AuthenticationResult>
> = {
  tls_client_auth(metadata) {
    const { trust_anchor_set: set } = metadata
    const named = typeof set === 'string' && isTrustAnchorSetName(set)
    const subject = parseRegisteredSubject(metadata)
    if (named && subject.ok) {
      const { value } = subject
      return ok({
        token_endpoint_auth_method: 'tls_client_auth',
        trust_anchor_set: set,
        subject: value,
      })
    }
    return err([
      ...(named ? [] : ['trust_anchor_set: want 1 to 64 of A-Z a-z 0-9 . _ -']),
      ...(subject.ok ? [] : [subject.error]),
    ])
  },
  self_signed_tls_client_auth({ jwks }) {
    const keys = parseRegisteredKeys(jwks)
    if (!keys.ok) return keys
    return JSON.stringify(jwks).length > maxJwksLength
      ? err([`jwks: want at most ${maxJwksLength} characters of JSON`])
      : ok({ token_endpoint_auth_method: 'self_signed_tls_client_auth', keys: keys.value })
  },
}

/**
 * A readable client_id made from a client's name: letters without accents, digits and hyphens.
 * @returns null if nothing of the name is left
 */
export function clientIdFromName(name: string): string | null {
  const id = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '')
  return id === '' ? null : id
}
