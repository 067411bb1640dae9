import type { CertificateSource } from '../certificate/presented-certificate.ts'
import { err } from '../encoding/result.ts'
import { parseScope } from '../oauth/scope.ts'
import type { Fetcher } from '../outbound/fetch-outbound.ts'
import { verifiableAlgs } from '../tokens/token-header.ts'
import type { Expected, VerifiedToken } from '../tokens/verified-token.ts'
import {
  type ClientCertificate,
  clientCertificate,
  type HopOptions,
  type SourceName,
} from './client-certificate.ts'
import { type IntrospectionOptions, introspectionProblem } from './introspection.ts'
import { type DocumentSource, isHttps, metadataUrlOf } from './issuer-documents.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/** What an API requires of its callers. */
export type VerifierOptions = {
  /** The authorization server, as in `iss` and in its metadata. */
  readonly issuer: string
  /** This API, as in `aud`. If there are several names, the token must have at least one. */
  readonly audience: string | readonly string[]
  /** Where the client's certificate comes from: a name as in CERTIFICATE_SOURCE, or a function. */
  readonly source: SourceName | CertificateSource
  /** How the proxy that forwards the certificate in a header proves its identity. */
  readonly hop?: HopOptions
  /** Scopes that every token must have, separated by spaces. */
  readonly scope?: string
  /** Whether tokens without a binding are refused. Default true. */
  readonly requireBound?: boolean
  /** Accepted JWS algorithms. Default: all asymmetric ones of RFC 7518 and RFC 8037. */
  readonly algorithms?: readonly (typeof verifiableAlgs)[number][]
  /** Allowed clock difference in seconds, 0 to 60. Default 5. */
  readonly clockSkew?: number
  /** The URL of the issuer's metadata, if it is not the one of RFC 8414. */
  readonly metadataUrl?: string
  /**
   * Introspects every token instead of verifying it locally: needed for opaque tokens, and shows each
   * revocation at once. Default: tokens are JWTs and verified locally.
   */
  readonly introspection?: IntrospectionOptions
  /** Checks whether a valid token has been revoked. Default: no check. */
  readonly revocation?: RevocationCheck
  /** Sends the requests for metadata and keys. Default: the platform's `fetch`. */
  readonly fetch?: Fetcher
  /** The time in seconds since the epoch. Default: the platform's clock. */
  readonly now?: () => number
  /** Receives every refusal with its evidence, for the log. */
  readonly onRefusal?: (refusal: BoundTokenRefusal, request: Request) => void
}

/**
 * Checks the revocation status of a verified token.
 * @returns false if it was revoked
 * @throws if the status is not known; the API then answers 503
 */
export type RevocationCheck = (token: VerifiedToken, text: string) => Promise<boolean>

/** Validated options, with all defaults. */
export type VerifierSettings = {
  readonly expected: Expected
  readonly documents: DocumentSource
  readonly certificate: ClientCertificate
  readonly scope: readonly string[]
  readonly requireBound: boolean
  readonly introspection: IntrospectionOptions | null
  readonly revocation: RevocationCheck | null
  readonly now: () => number
  readonly onRefusal: (refusal: BoundTokenRefusal, request: Request) => void
}

const defaultSkew = 5
const maxSkew = 60

const systemClock = (): number => Math.floor(Date.now() / 1000)

/**
 * Validates options. By hand: a schema library would make the bundle of every API 11 percent larger.
 * @throws TypeError with every problem, one sentence each, without secrets
 */
export function verifierSettings(options: VerifierOptions): VerifierSettings {
  const { issuer, clockSkew = defaultSkew, introspection = null } = options
  const audience = [options.audience].flat()
  const algorithms = new Set<string>(options.algorithms ?? verifiableAlgs)
  const scope = readScope(options.scope ?? '')
  const certificate = clientCertificate(options.source, options.hop)
  const problems = problemsOf(options, audience, algorithms)
  if (!scope.ok) problems.push('scope: want scope tokens separated by single spaces')
  if (!certificate.ok) problems.push(...certificate.error)
  if (problems.length > 0 || !certificate.ok || !scope.ok) {
    throw new TypeError(`certbound/resource-server: ${problems.join('; ')}`)
  }
  return {
    expected: { issuer, audience, clockSkew },
    documents: {
      issuer,
      algorithms,
      metadataUrl: options.metadataUrl ?? metadataUrlOf(issuer),
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    },
    certificate: certificate.value,
    scope: scope.value,
    introspection,
    requireBound: options.requireBound !== false, // Fail closed: only `false` itself turns it off.
    revocation: options.revocation ?? null,
    now: options.now ?? systemClock,
    onRefusal: options.onRefusal ?? (() => {}),
  }
}

function problemsOf(
  { issuer, metadataUrl, clockSkew = defaultSkew, introspection }: VerifierOptions,
  audience: readonly string[],
  algorithms: ReadonlySet<string>,
): string[] {
  const isSkew = Number.isFinite(clockSkew) && clockSkew >= 0 && clockSkew <= maxSkew
  const problems = [
    isIssuer(issuer) ? null : 'issuer: want an https URL without query or fragment',
    metadataUrl === undefined || isHttps(metadataUrl) ? null : 'metadataUrl: want an https URL',
    audience.length > 0 && audience.every(isName)
      ? null
      : 'audience: want the name of this API, as tokens have it in aud',
    algorithms.size > 0 && [...algorithms].every(isVerifiable)
      ? null
      : `algorithms: want some of ${verifiableAlgs.join(', ')}`,
    isSkew ? null : `clockSkew: want 0 to ${maxSkew} seconds`,
    introspection === undefined ? null : introspectionProblem(introspection),
  ]
  return problems.filter((problem) => problem !== null)
}

const readScope = (scope: unknown) =>
  typeof scope === 'string' ? parseScope(scope) : err({ token: typeof scope })

/** RFC 8414 section 2. */
const isIssuer = (text: unknown): boolean => isHttps(text) && new URL(text).search === ''

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isVerifiable = (alg: string): boolean => verifiableAlgs.some((each) => each === alg)
