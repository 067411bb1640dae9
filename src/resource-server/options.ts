import type { CertificateSource } from '../certificate/presented-certificate.ts'
import { err } from '../encoding/result.ts'
import { parseScope } from '../oauth/scope.ts'
import { verifiableAlgs } from '../tokens/token-header.ts'
import type { Expected, VerifiedToken } from '../tokens/verified-token.ts'
import { type Evidence, evidenceOf, type HopOptions, type SourceName } from './evidence.ts'
import type { Fetcher } from './fetch-json.ts'
import { type IntrospectionOptions, introspectionProblem } from './introspection.ts'
import { type DocumentSource, isHttps, metadataUrlOf } from './issuer-documents.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/** What an API expects of its callers. */
export type VerifierOptions = {
  /** The authorization server, as `iss` and its metadata write it. */
  readonly issuer: string
  /** This API, as `aud` writes it; of several names the token has to have one. */
  readonly audience: string | readonly string[]
  /** Who conveys the client's certificate: a name as CERTIFICATE_SOURCE takes it, or a function. */
  readonly source: SourceName | CertificateSource
  /** How a proxy that conveys it in a header proves to be the proxy. */
  readonly hop?: HopOptions
  /** Scopes that every token must have, separated by spaces. */
  readonly scope?: string
  /** Whether a token that is bound to nothing is refused. Default true. */
  readonly requireBound?: boolean
  /** JWS algorithms to accept. Default: all asymmetric ones of RFC 7518 and RFC 8037. */
  readonly algorithms?: readonly (typeof verifiableAlgs)[number][]
  /** Seconds by which clocks may be apart, 0 to 60. Default 5. */
  readonly clockSkew?: number
  /** Where the issuer's metadata is, if not where RFC 8414 has it. */
  readonly metadataUrl?: string
  /**
   * Asks the server about every token in place of reading it: for opaque ones, and to hear of each
   * revocation. Default: tokens are JWTs, and read here.
   */
  readonly introspection?: IntrospectionOptions
  /** Asks whether a good token was revoked meanwhile. Default: nobody is asked. */
  readonly revocation?: RevocationCheck
  /** Sends the requests for metadata and keys. Default: the platform's `fetch`. */
  readonly fetch?: Fetcher
  /** The time in seconds since the epoch. Default: the platform's clock. */
  readonly now?: () => number
  /** Told of every refusal, with its evidence: for the log. */
  readonly onRefusal?: (refusal: BoundTokenRefusal, request: Request) => void
}

/**
 * Asks whether a verified token still stands.
 * @returns false where it was revoked; throws where that cannot be told now, and the answer is 503
 */
export type RevocationCheck = (token: VerifiedToken, text: string) => Promise<boolean>

/** Options, checked, with everything that has a default. */
export type VerifierSettings = {
  readonly expected: Expected
  readonly documents: DocumentSource
  readonly evidence: Evidence
  readonly scope: readonly string[]
  readonly requireBound: boolean
  readonly introspection: IntrospectionOptions | null
  readonly revocation: RevocationCheck | null
  readonly now: () => number
  readonly onRefusal: (refusal: BoundTokenRefusal, request: Request) => void
}

const usualSkew = 5
const mostSkew = 60

const systemClock = (): number => Math.floor(Date.now() / 1000)

/**
 * Checks options, completely.
 * @throws TypeError that says everything that is wrong with them, a sentence each, no secret in it
 */
export function verifierSettings(options: VerifierOptions): VerifierSettings {
  const { issuer, clockSkew = usualSkew, introspection = null } = options
  const audience = [options.audience].flat()
  const algorithms = new Set<string>(options.algorithms ?? verifiableAlgs)
  const scope = readScope(options.scope ?? '')
  const evidence = evidenceOf(options.source, options.hop)
  const problems = [
    ...problemsOf(options, audience, algorithms),
    ...(scope.ok ? [] : ['scope: want scope tokens separated by single spaces']),
    ...(evidence.ok ? [] : evidence.error),
  ]
  if (problems.length > 0 || !evidence.ok || !scope.ok) {
    throw new TypeError(`certbound/resource-server: ${problems.join('; ')}`)
  }
  return {
    expected: { issuer, audience, clockSkew },
    documents: {
      ...{ issuer, algorithms, metadataUrl: options.metadataUrl ?? metadataUrlOf(issuer) },
      fetcher: options.fetch ?? ((url, init) => fetch(url, init)),
    },
    ...{ evidence: evidence.value, scope: scope.value, introspection },
    requireBound: options.requireBound !== false, // Only in so many words.
    revocation: options.revocation ?? null,
    now: options.now ?? systemClock,
    onRefusal: options.onRefusal ?? (() => {}),
  }
}

function problemsOf(
  { issuer, metadataUrl, clockSkew = usualSkew, introspection }: VerifierOptions,
  audience: readonly string[],
  algorithms: ReadonlySet<string>,
): readonly string[] {
  const skewIsSound = Number.isFinite(clockSkew) && clockSkew >= 0 && clockSkew <= mostSkew
  const problems = [
    isIssuer(issuer) ? null : 'issuer: want an https URL without query or fragment',
    metadataUrl === undefined || isHttps(metadataUrl) ? null : 'metadataUrl: want an https URL',
    audience.length > 0 && audience.every(isName)
      ? null
      : 'audience: want the name of this API, as tokens have it in aud',
    algorithms.size > 0 && [...algorithms].every(isVerifiable)
      ? null
      : `algorithms: want some of ${verifiableAlgs.join(', ')}`,
    skewIsSound ? null : `clockSkew: want 0 to ${mostSkew} seconds`,
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
