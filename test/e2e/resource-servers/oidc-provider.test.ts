import { X509Certificate } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireBoundToken } from '../../../src/resource-server/index.ts'
import { cameBy, nodeTlsCertificate } from '../../../src/resource-server/node/index.ts'
import { type Identity, mintIdentity } from '../../support/node/certificates.ts'
import { fetchWithCertificate } from '../../support/node/fetch-with-certificate.ts'
import { type LocalEdge, startLocalEdge } from '../../support/node/local-edge.ts'
import { askApi, startTlsApi, type TlsApi } from '../../support/node/tls-api.ts'

const audience = 'https://api.example.com'

/** Another RFC 8705 server, over real mutual TLS. */
async function startProvider(edge: LocalEdge, partner: Identity): Promise<TlsApi> {
  let handler: RequestListener = (_, response) => response.end()
  const server = await startTlsApi(edge, (request, response) => handler(request, response))
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = new X509Certificate(partner.der).publicKey.export({ format: 'jwk' })
  const client = {
    client_id: 'partner',
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
    scope: 'orders:read',
    jwks: {
      keys: [{ ...jwk, x5c: [Buffer.from(partner.der).toString('base64')] }],
    },
  } as unknown as ClientMetadata
  const provider = new Provider(server.origin, {
    clients: [client],
    scopes: ['orders:read'],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'other' }] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['self_signed_tls_client_auth'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate(),
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'orders:read',
          audience,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
  handler = provider.callback()
  return server
}

describe('a token of oidc-provider', () => {
  let edge: LocalEdge
  let provider: TlsApi
  let api: TlsApi
  let a: Identity
  let b: Identity
  let token: string

  beforeAll(async () => {
    edge = await startLocalEdge({ demo: false })
    a = await mintIdentity({ subject: 'CN=partner' })
    b = await mintIdentity({ subject: 'CN=partner' })
    provider = await startProvider(edge, a)
    const asPartner = fetchWithCertificate({ ca: edge.ca, cert: a.cert, key: a.key })
    const form = { grant_type: 'client_credentials', client_id: 'partner', scope: 'orders:read' }
    const body = new URLSearchParams({ ...form, resource: audience })
    const answer = await asPartner(`${provider.origin}/token`, { method: 'POST', body })
    const response = (await answer.json()) as Record<string, string>
    await asPartner.close()
    expect(response, JSON.stringify(response)).toHaveProperty('access_token')
    token = String(response.access_token)
    const fetch = fetchWithCertificate({ ca: edge.ca })
    const app = new Hono<{ Bindings: HttpBindings }>()
      .use((c, next) => {
        cameBy(c.req.raw, c.env.incoming.socket)
        return next()
      })
      .use(
        requireBoundToken({
          issuer: provider.origin,
          audience,
          source: nodeTlsCertificate,
          scope: 'orders:read',
          fetch: (url, init) => fetch(url, init),
        }),
      )
      .get('/', (c) => c.json({ caller: c.var.token.clientId, cnf: c.var.token.claims.cnf }))
    api = await startTlsApi(edge, getRequestListener(app.fetch))
  }, 60_000)
  afterAll(async () => {
    await api?.stop()
    await provider?.stop()
    await edge?.stop()
  })

  it('is accepted with its certificate', async () => {
    const { status, text } = await askApi(edge, api.origin, token, a)
    expect(status, text).toBe(200)
    expect(JSON.parse(text)).toEqual({
      caller: 'partner',
      cnf: { 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) },
    })
  })
  it('is refused with another certificate, and without one', async () => {
    expect((await askApi(edge, api.origin, token, b)).status).toBe(401)
    expect((await askApi(edge, api.origin, token, null)).status).toBe(401)
  })
})
