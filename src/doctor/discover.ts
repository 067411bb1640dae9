import { err, ok, type Result } from '../encoding/result.ts'
import { wellKnownPath } from '../oauth/metadata.ts'
import type { ExaminedDeployment } from './examination.ts'
import { bad, type Finding } from './findings.ts'
import type { HttpClient } from './http/client.ts'
import { jsonOf } from './http/exchange.ts'

/** The URL of an issuer's metadata (RFC 8414 section 3.1). */
export function documentUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}${wellKnownPath}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}`
}

/**
 * Fetches the metadata of a deployment.
 * @param url the issuer, or another host that serves its metadata
 * @returns or the finding that makes all other checks impossible
 */
export async function discover(
  http: HttpClient,
  url: string,
): Promise<Result<ExaminedDeployment, Finding>> {
  const first = await fetchDocument(http, documentUrl(url))
  if (!first.ok) return first
  const { issuer } = first.value
  // Use the document of the issuer's own host: another host may serve a different one.
  const own = documentUrl(issuer)
  const fetched = own === first.value.documentUrl ? first : await fetchDocument(http, own)
  if (!fetched.ok) return fetched
  const { metadata } = fetched.value
  const tokenEndpoint = urlOf(metadata.token_endpoint)
  const jwksUri = urlOf(metadata.jwks_uri)
  if (tokenEndpoint === null || jwksUri === null) {
    return err(bad('metadata-found', 'it has no token_endpoint or no jwks_uri'))
  }
  const aliases = aliasesOf(metadata)
  return ok({
    ...fetched.value,
    issuer,
    tokenEndpoint,
    jwksUri,
    mtlsTokenEndpoint: urlOf(aliases.token_endpoint) ?? tokenEndpoint,
    otherEndpoints: ['introspection_endpoint', 'revocation_endpoint'].flatMap(
      (name) => urlOf(aliases[name]) ?? urlOf(metadata[name]) ?? [],
    ),
  })
}

type Document = Pick<ExaminedDeployment, 'documentUrl' | 'response' | 'metadata' | 'issuer'>

async function fetchDocument(http: HttpClient, url: string): Promise<Result<Document, Finding>> {
  const exchange = await http.send({ url })
  if (exchange.kind === 'failed') {
    return err(bad('reachable', `${url}: ${exchange.stage}: ${exchange.reason}`))
  }
  const { response } = exchange
  const metadata = response.status === 200 ? jsonOf(response) : null
  const issuer = urlOf(metadata?.issuer)
  if (metadata === null || issuer === null) {
    const { status } = response
    return err(
      bad(
        'metadata-found',
        `${url} answered ${status}${status === 200 ? ', but no metadata' : ''}`,
      ),
    )
  }
  return ok({ documentUrl: url, response, metadata, issuer: String(metadata.issuer) })
}

/** mtls_endpoint_aliases (RFC 8705 section 5), or an empty object. */
export function aliasesOf(
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const aliases = metadata.mtls_endpoint_aliases
  return typeof aliases === 'object' && aliases !== null ? { ...aliases } : {}
}

const urlOf = (value: unknown): string | null =>
  typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) ? value : null
