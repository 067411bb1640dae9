import { createHash, X509Certificate } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { fetchWithCertificate } from './fetch-with-certificate.ts'
import type { LocalEdge, Partner } from './local-edge.ts'

/** x5t#S256 of the first certificate in a PEM text, computed by Node. */
export const x5t = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')

/**
 * Verifies a token as an API does that only knows the issuer: with its metadata and JWK Set.
 * @returns the claims
 */
export async function verified(edge: LocalEdge, token: string): Promise<Record<string, unknown>> {
  const fetch = fetchWithCertificate({ ca: edge.ca })
  try {
    const metadata = await fetch(`${edge.issuer}/.well-known/oauth-authorization-server`)
    const { issuer, jwks_uri } = (await metadata.json()) as { issuer: string; jwks_uri: string }
    const jwks = await fetch(jwks_uri)
    const keys = createLocalJWKSet((await jwks.json()) as Parameters<typeof createLocalJWKSet>[0])
    const { payload } = await jwtVerify(token, keys, { issuer, typ: 'at+jwt' })
    return payload
  } finally {
    await fetch.close()
  }
}

/** Requests a token by plain HTTP, without an OAuth library. */
export async function askForToken(
  edge: LocalEdge,
  partner: Pick<Partner, 'clientId' | 'cert' | 'key'>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const fetch = fetchWithCertificate({ ca: edge.ca, cert: partner.cert, key: partner.key })
  try {
    const form = { grant_type: 'client_credentials', client_id: partner.clientId, ...parameters }
    const body = new URLSearchParams(form)
    const response = await fetch(`${edge.mtlsOrigin}/token`, { method: 'POST', body })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  } finally {
    await fetch.close()
  }
}
