import { parseSourceSettings } from './certificate/parse-source-settings.ts'
import { sourceVariableNames } from './certificate/source-env.ts'
import type { SourceSettings } from './certificate/source-settings.ts'
import { fromBase64url } from './encoding/base64.ts'
import type { Bytes } from './encoding/bytes.ts'
import { err, ok, type Result } from './encoding/result.ts'
import { maxTokenTtl } from './oauth/max-token-ttl.ts'
import { parseScope } from './oauth/scope.ts'
import { type SigningAlg, signingAlgs } from './oauth/signing-algs.ts'

/** Every variable and secret that {@link parseConfig} reads. */
export const variableNames = [
  'ISSUER',
  'MTLS_ORIGIN',
  'TOKEN_TTL',
  'SIGNING_ALG',
  ...sourceVariableNames,
  'CLIENT_MEMORY',
  'STALE_IF_ERROR',
  'SCOPES_SUPPORTED',
  'SERVICE_DOCUMENTATION',
  'KEY_ENCRYPTION_KEY',
  'KEY_ENCRYPTION_KEY_PREVIOUS',
] as const

/** A whole, checked configuration. Durations are in seconds. */
export type Config = {
  /** RFC 8414 section 2: as it stands in metadata and tokens, without a trailing slash. */
  readonly issuer: string
  /** The path under which the endpoints live: '' or '/tenant'. */
  readonly basePath: string
  /** The origin of the host that asks for client certificates (RFC 8705 section 5). */
  readonly mtlsOrigin: string
  readonly tokenTtl: number
  /** For the next signing key that is made. */
  readonly signingAlg: SigningAlg
  /**
   * The hosts that are served, every other is refused: where the certificates of each come from, and
   * what proves who conveys them.
   */
  readonly certificates: SourceSettings
  /** How long an isolate uses a client without asking D1: the bound for disabling. */
  readonly clientMemory: number
  /** How long after D1 last answered a copy may serve while it does not; 0 is never. */
  readonly staleIfError: number
  readonly scopesSupported: readonly string[]
  readonly serviceDocumentation: string | null
  readonly keyEncryptionKeys: { readonly current: Bytes; readonly previous: Bytes | null }
}

/**
 * Parses the Worker's variables and secrets, completely.
 * @param given the environment as the platform hands it over
 * @returns the configuration, or everything that is wrong, a sentence each, never with a secret in it
 */
export function parseConfig(
  given: Readonly<Record<string, unknown>>,
): Result<Config, readonly string[]> {
  const env: Env = given
  const problems: string[] = []
  const issuer = readOrigin(env, 'ISSUER', problems)
  if (issuer !== null && !isPlainPath(issuer.pathname)) {
    problems.push('ISSUER: want a path of letters, digits and . _ ~ - only')
  }
  const oneHost = isUnset(env.MTLS_ORIGIN)
  const mtls = oneHost ? issuer : readOrigin(env, 'MTLS_ORIGIN', problems)
  if (mtls !== null && !oneHost && mtls.pathname !== '/') {
    problems.push('MTLS_ORIGIN: want scheme and host only, no path')
  }
  const current = readKey(env, 'KEY_ENCRYPTION_KEY', problems)
  const previous = isUnset(env.KEY_ENCRYPTION_KEY_PREVIOUS)
    ? null
    : readKey(env, 'KEY_ENCRYPTION_KEY_PREVIOUS', problems)
  const rest = {
    tokenTtl: readSeconds(env, 'TOKEN_TTL', 300, 30, maxTokenTtl, problems),
    signingAlg: readChoice(env, 'SIGNING_ALG', signingAlgs, problems),
    certificates: parseSourceSettings(
      env,
      { issuer: issuer?.host ?? null, mtls: mtls?.host ?? null },
      problems,
    ),
    clientMemory: readSeconds(env, 'CLIENT_MEMORY', 30, 1, 300, problems),
    staleIfError: readSeconds(env, 'STALE_IF_ERROR', 300, 0, 3600, problems),
    scopesSupported: readScopes(env, problems),
    serviceDocumentation: readDocumentation(env, problems),
  }
  if (issuer === null || mtls === null || current === null || problems.length > 0) {
    return err(problems)
  }
  const basePath = issuer.pathname === '/' ? '' : issuer.pathname
  return ok({
    issuer: `${issuer.origin}${basePath}`,
    basePath,
    mtlsOrigin: mtls.origin,
    keyEncryptionKeys: { current, previous },
    ...rest,
  })
}

type VariableName = (typeof variableNames)[number]

/** By its type nothing is read but what is on the list. */
type Env = Readonly<Partial<Record<VariableName, unknown>>>

/** The router takes a path as a pattern: only characters that mean themselves there, and in a URL. */
const isPlainPath = (path: string): boolean => path === '/' || /^(\/[A-Za-z0-9._~-]+)+$/.test(path)

const isUnset = (value: unknown): boolean => value === undefined || value === ''

/** RFC 8414 section 2: https, no query, no fragment; and no second spelling of the same issuer. */
function readOrigin(env: Env, name: VariableName, problems: string[]): URL | null {
  const text = env[name]
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  const canonical = url === null ? null : `${url.origin}${url.pathname === '/' ? '' : url.pathname}`
  const whole = url !== null && (url.pathname === '/' || !url.pathname.endsWith('/'))
  if (url?.protocol === 'https:' && canonical === text && whole) return url
  problems.push(
    `${name}: want an https URL in lower case, without query, fragment, user or trailing slash`,
  )
  return null
}

function readKey(env: Env, name: VariableName, problems: string[]): Bytes | null {
  const text = env[name]
  const key = typeof text === 'string' ? fromBase64url(text.trim()) : null
  if (key?.length === 32) return key
  problems.push(
    `${name}: want 32 octets in base64url: make one with "npx certbound key-encryption-key generate"`,
  )
  return null
}

function readSeconds(
  env: Env,
  name: VariableName,
  otherwise: number,
  least: number,
  most: number,
  problems: string[],
): number {
  const value = env[name]
  if (isUnset(value)) return otherwise
  // wrangler.toml may hold a number or a text; of the texts that are numbers only the plain ones.
  const plain = typeof value === 'number' || (typeof value === 'string' && /^\d{1,9}$/.test(value))
  const seconds = plain ? Number(value) : Number.NaN
  if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return seconds
  problems.push(`${name}: want ${least} to ${most} seconds`)
  return otherwise
}

function readChoice<T extends string>(
  env: Env,
  name: VariableName,
  choices: readonly [T, ...T[]],
  problems: string[],
): T {
  if (isUnset(env[name])) return choices[0]
  const choice = choices.find((value) => value === env[name])
  if (choice === undefined) problems.push(`${name}: want one of ${choices.join(', ')}`)
  return choice ?? choices[0]
}

function readScopes(env: Env, problems: string[]): readonly string[] {
  const text = env.SCOPES_SUPPORTED ?? ''
  const scopes = typeof text === 'string' ? parseScope(text) : err({ token: typeof text })
  if (scopes.ok) return scopes.value
  problems.push('SCOPES_SUPPORTED: want scope tokens separated by single spaces')
  return []
}

function readDocumentation(env: Env, problems: string[]): string | null {
  const text = env.SERVICE_DOCUMENTATION
  if (isUnset(text)) return null
  if (typeof text === 'string' && /^https?:/.test(text) && URL.canParse(text)) return text
  problems.push('SERVICE_DOCUMENTATION: want an http or https URL')
  return null
}
