import { err, ok, type Result } from '../encoding/result.ts'
import { wellKnownPath } from '../oauth/metadata.ts'
import type { Discovered } from './examination.ts'
import { bad, type Finding } from './findings/findings.ts'
import { type HttpAnswer, jsonOf, type Wire } from './wire/wire.ts'

/** Where RFC 8414 section 3.1 has the metadata of an issuer. */
export function documentUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}${wellKnownPath}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}`
}

/**
 * Fetches the metadata of a deployment by any of its hosts.
 * @param url the issuer, or another host that serves the same deployment
 * @returns what everything else starts from, or why there is nothing to start from
 */
export async function discover(wire: Wire, url: string): Promise<Result<Discovered, Finding>> {
  const first = await fetchDocument(wire, documentUrl(url))
  if (!first.ok) return first
  const { issuer } = first.value
  // The document of the issuer itself counts; another host may serve it as well.
  const own = documentUrl(issuer)
  const found = own === first.value.documentUrl ? first : await fetchDocument(wire, own)
  if (!found.ok) return found
  const { metadata } = found.value
  const tokenEndpoint = urlOf(metadata.token_endpoint)
  const jwksUri = urlOf(metadata.jwks_uri)
  if (tokenEndpoint === null || jwksUri === null) {
    return err(bad('metadata-found', 'there is no token_endpoint or no jwks_uri in it'))
  }
  const aliases = aliasesOf(metadata)
  return ok({
    ...found.value,
    issuer,
    tokenEndpoint,
    jwksUri,
    mtlsTokenEndpoint: urlOf(aliases.token_endpoint) ?? tokenEndpoint,
    otherEndpoints: ['introspection_endpoint', 'revocation_endpoint'].flatMap(
      (name) => urlOf(aliases[name]) ?? urlOf(metadata[name]) ?? [],
    ),
  })
}

type Document = Pick<Discovered, 'documentUrl' | 'answer' | 'metadata' | 'issuer'>

async function fetchDocument(wire: Wire, url: string): Promise<Result<Document, Finding>> {
  const exchanged = await wire.send({ url })
  if (exchanged.kind === 'none') {
    return err(bad('reachable', `${url}: ${exchanged.at}: ${exchanged.why}`))
  }
  const { answer } = exchanged
  const metadata = answer.status === 200 ? jsonOf(answer) : null
  const issuer = urlOf(metadata?.issuer)
  if (metadata === null || issuer === null) return err(bad('metadata-found', words(url, answer)))
  return ok({ documentUrl: url, answer, metadata, issuer: String(metadata.issuer) })
}

const words = (url: string, { status }: HttpAnswer): string =>
  `${url} answered ${status}${status === 200 ? ', but no metadata' : ''}`

/** mtls_endpoint_aliases (RFC 8705 section 5), or nothing. */
export function aliasesOf(
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const aliases = metadata.mtls_endpoint_aliases
  return typeof aliases === 'object' && aliases !== null ? { ...aliases } : {}
}

const urlOf = (value: unknown): string | null =>
  typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) ? value : null
