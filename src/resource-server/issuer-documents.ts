import { err, ok, type Result } from '../encoding/result.ts'
import { wellKnownPath } from '../oauth/metadata.ts'
import { importVerificationKeys, type VerificationKeys } from '../tokens/verification-keys.ts'
import { type Fetcher, fetchJson } from './fetch-json.ts'

/** In octets. */
const maxMetadata = 65_536
const maxKeySet = 262_144

/** Whose documents, and how to get them. */
export type DocumentSource = {
  readonly issuer: string
  /** Where the metadata is. */
  readonly metadataUrl: string
  readonly algorithms: ReadonlySet<string>
  readonly fetcher: Fetcher
}

/** Where an issuer's metadata is: the well-known part goes before its path (RFC 8414 section 3.1). */
export function metadataUrlOf(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}${wellKnownPath}${pathname === '/' ? '' : pathname}`
}

/** Reads from the metadata where the keys are. */
export async function fetchKeySetUrl(source: DocumentSource): Promise<Result<string, string>> {
  const fetched = await fetchJson(source.fetcher, source.metadataUrl, maxMetadata)
  if (!fetched.ok) return fetched
  const { document } = fetched.value
  const { issuer, jwks_uri: url } = isObject(document) ? document : {}
  // RFC 8414 section 3.3: identical, or somebody else speaks.
  if (issuer !== source.issuer) return err(`${source.metadataUrl} is of another issuer`)
  return isHttps(url) ? ok(url) : err(`${source.metadataUrl} names no https jwks_uri`)
}

/** Fetches keys, with the seconds for which they may be kept as their server says, or null. */
export async function fetchKeys(
  source: DocumentSource,
  url: string,
): Promise<Result<{ readonly keys: VerificationKeys; readonly maxAge: number | null }, string>> {
  const fetched = await fetchJson(source.fetcher, url, maxKeySet)
  if (!fetched.ok) return fetched
  const { document, headers } = fetched.value
  const keys = await importVerificationKeys(document, source.algorithms)
  if (!keys.ok) return err(`${url}: ${keys.error}`)
  return ok({ keys: keys.value, maxAge: maxAgeOf(headers.get('cache-control')) })
}

/** Whether a text is an https URL without user, password or fragment. */
export function isHttps(text: unknown): text is string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.username + url.password + url.hash === ''
}

/** RFC 9111 section 5.2.2: `no-store` and `no-cache` are an age of nothing. */
function maxAgeOf(cacheControl: string | null): number | null {
  const directives = (cacheControl ?? '').toLowerCase().split(',')
  const named = directives.map((directive) => directive.trim())
  if (named.includes('no-store') || named.includes('no-cache')) return 0
  const age = named.map((each) => /^max-age="?(\d{1,9})"?$/.exec(each)?.[1]).find(Boolean)
  return age === undefined ? null : Number(age)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
