import * as v from 'valibot'
import type { SourceSettings } from './certificate/source-settings.ts'
import { parseSourceSettings, sourceVariableNames } from './certificate/source-settings.ts'
import { fromBase64url } from './encoding/base64.ts'
import type { Bytes } from './encoding/bytes.ts'
import { err, ok, type Result } from './encoding/result.ts'
import { members, readBy, validate } from './encoding/schema.ts'
import { nearest } from './nearest.ts'
import { maxTokenTtl } from './oauth/max-token-ttl.ts'
import { parseScope } from './oauth/scope.ts'
import { type SigningAlg, signingAlgs } from './oauth/signing-algs.ts'

/** A whole, checked configuration. Durations are in seconds. */
export type Config = {
  /** RFC 8414 section 2: as in metadata and tokens, without a trailing slash. */
  readonly issuer: string
  /** The path below which the endpoints are: '' or '/tenant'. */
  readonly basePath: string
  /** The origin of the host that asks for client certificates (RFC 8705 section 5). */
  readonly mtlsOrigin: string
  readonly tokenTtl: number
  /** The algorithm of the next signing key. */
  readonly signingAlg: SigningAlg
  /**
   * The hosts that are served, with the source of each host's certificates and what authenticates the
   * proxy that forwards them. Requests to any other host are refused.
   */
  readonly certificates: SourceSettings
  /** How long an isolate uses a cached client. A disabled client stops working within this time. */
  readonly clientMemory: number
  /** How long after D1 last answered a stale copy may be used while D1 fails; 0 for never. */
  readonly staleIfError: number
  readonly scopesSupported: readonly string[]
  readonly serviceDocumentation: string | null
  readonly keyEncryptionKeys: { readonly current: Bytes; readonly previous: Bytes | null }
}

const isOrigin = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, origin, pathname } = new URL(text)
  const whole = pathname === '/' || !pathname.endsWith('/')
  // Only one spelling of an issuer: the text must be what URL makes of it.
  return protocol === 'https:' && whole && text === `${origin}${pathname === '/' ? '' : pathname}`
}

/** RFC 8414 section 2: https, without query and fragment. */
const originMessage =
  'want an https URL in lower case, without query, fragment, user or trailing slash'
const origin = v.pipe(
  v.string(originMessage),
  v.check(isOrigin, originMessage),
  v.transform((text) => new URL(text)),
)

/** The router reads a path as a pattern: allow only characters without a meaning there. */
const isPlainPath = ({ pathname }: URL): boolean =>
  pathname === '/' || /^(\/[A-Za-z0-9._~-]+)+$/.test(pathname)

const keyEncryptionKey = readBy((value) => {
  const key = typeof value === 'string' ? fromBase64url(value.trim()) : null
  return key?.length === 32
    ? ok(key)
    : err('want 32 octets in base64url: make one with "npx certbound key-encryption-key generate"')
})

/** wrangler.toml may hold a number or a text; a text must be plain decimal digits. */
function seconds(otherwise: number, least: number, most: number) {
  const message = `want ${least} to ${most} seconds`
  const digits = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number))
  const inRange = v.pipe(
    v.union([v.number(), digits], message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  )
  return v.optional(inRange, otherwise)
}

const scopes = readBy((value) => {
  const parsed = typeof value === 'string' ? parseScope(value) : err(null)
  return parsed.ok ? parsed : err('want scope tokens separated by single spaces')
})

const documentationMessage = 'want an http or https URL'
const documentation = v.pipe(
  v.string(documentationMessage),
  v.regex(/^https?:/, documentationMessage),
  v.check((text) => URL.canParse(text), documentationMessage),
)

const variables = {
  ISSUER: v.pipe(origin, v.check(isPlainPath, 'want a path of letters, digits and . _ ~ - only')),
  MTLS_ORIGIN: v.optional(
    v.pipe(
      origin,
      v.check(({ pathname }) => pathname === '/', 'want scheme and host only, no path'),
    ),
  ),
  KEY_ENCRYPTION_KEY: keyEncryptionKey,
  KEY_ENCRYPTION_KEY_PREVIOUS: v.optional(keyEncryptionKey),
  TOKEN_TTL: seconds(300, 30, maxTokenTtl),
  SIGNING_ALG: v.optional(
    v.picklist(signingAlgs, `want one of ${signingAlgs.join(', ')}`),
    signingAlgs[0],
  ),
  CLIENT_MEMORY: seconds(30, 1, 300),
  STALE_IF_ERROR: seconds(300, 0, 3600),
  SCOPES_SUPPORTED: v.optional(scopes, ''),
  SERVICE_DOCUMENTATION: v.optional(documentation),
}

/** Every variable and secret that {@link parseConfig} reads. */
export const variableNames: readonly string[] = [...Object.keys(variables), ...sourceVariableNames]

const variablesSchema = members(variables, 'want variables')

/**
 * Parses the Worker's variables and secrets, completely. An empty variable counts as absent.
 * @param given the environment as the platform passes it
 * @returns the configuration, or everything that is wrong, a sentence each, without any secret
 */
export function parseConfig(
  given: Readonly<Record<string, unknown>>,
): Result<Config, readonly string[]> {
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
  const read = validate(variablesSchema, env)
  const problems = read.ok ? [] : [...read.error]
  const issuer = validate(origin, env.ISSUER)
  const mtls = env.MTLS_ORIGIN === undefined ? issuer : validate(origin, env.MTLS_ORIGIN)
  const certificates = parseSourceSettings(
    env,
    { issuer: issuer.ok ? issuer.value.host : null, mtls: mtls.ok ? mtls.value.host : null },
    problems,
  )
  if (!read.ok || problems.length > 0) return err(problems)
  const { ISSUER, MTLS_ORIGIN, ...rest } = read.value
  const basePath = ISSUER.pathname === '/' ? '' : ISSUER.pathname
  return ok({
    issuer: `${ISSUER.origin}${basePath}`,
    basePath,
    mtlsOrigin: (MTLS_ORIGIN ?? ISSUER).origin,
    tokenTtl: rest.TOKEN_TTL,
    signingAlg: rest.SIGNING_ALG,
    certificates,
    clientMemory: rest.CLIENT_MEMORY,
    staleIfError: rest.STALE_IF_ERROR,
    scopesSupported: rest.SCOPES_SUPPORTED,
    serviceDocumentation: rest.SERVICE_DOCUMENTATION ?? null,
    keyEncryptionKeys: {
      current: rest.KEY_ENCRYPTION_KEY,
      previous: rest.KEY_ENCRYPTION_KEY_PREVIOUS ?? null,
    },
  })
}

/**
 * Checks the name of a variable. The Worker ignores unknown ones; commands warn of them.
 * @returns a sentence that names the nearest known variable, or null for a known one
 */
export function unknownVariable(name: string): string | null {
  if (variableNames.some((known) => known === name)) return null
  const meant = nearest(name, variableNames)
  return `${name}: no variable of the Worker${meant === null ? '' : `; did you mean ${meant}?`}`
}
