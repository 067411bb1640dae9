import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { wellKnownPath } from '../oauth/metadata.ts'
import type { Fetcher } from '../outbound/fetch-outbound.ts'
import { importVerificationKeys, type VerificationKeys } from '../tokens/verification-keys.ts'
import { fetchJson } from './fetch-json.ts'

/** In octets. */
const maxMetadata = 65_536
const maxKeySet = 262_144

/** An issuer, and how to fetch its metadata and keys. */
export type DocumentSource = {
  readonly issuer: string
  readonly metadataUrl: string
  readonly algorithms: ReadonlySet<string>
  readonly fetch: Fetcher
}

/** The URL of an issuer's metadata: the well-known path comes before its own (RFC 8414 section 3.1). */
export function metadataUrlOf(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}${wellKnownPath}${pathname === '/' ? '' : pathname}`
}

/** Fetches the metadata and reads the URL of the keys. */
export async function fetchKeySetUrl(source: DocumentSource): Promise<Result<string, string>> {
  const fetched = await fetchJson(source.fetch, source.metadataUrl, maxMetadata)
  if (!fetched.ok) return fetched
  const { document } = fetched.value
  const { issuer, jwks_uri: url } = isRecord(document) ? document : {}
  // RFC 8414 section 3.3: the issuer must be identical, else the metadata must not be used.
  if (issuer !== source.issuer) return err(`${source.metadataUrl} names another issuer`)
  return isHttps(url) ? ok(url) : err(`${source.metadataUrl} has no https jwks_uri`)
}

/** Fetches keys, with their max-age in seconds, or null if the server sends none. */
export async function fetchKeys(
  source: DocumentSource,
  url: string,
): Promise<Result<{ readonly keys: VerificationKeys; readonly maxAge: number | null }, string>> {
  const fetched = await fetchJson(source.fetch, url, maxKeySet)
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

/** RFC 9111 section 5.2.2. `no-store` and `no-cache` count as 0. */
function maxAgeOf(cacheControl: string | null): number | null {
  const directives = (cacheControl ?? '').toLowerCase().split(',')
  const names = directives.map((directive) => directive.trim())
  if (names.includes('no-store') || names.includes('no-cache')) return 0
  const age = names.map((each) => /^max-age="?(\d{1,9})"?$/.exec(each)?.[1]).find(Boolean)
  return age === undefined ? null : Number(age)
}
