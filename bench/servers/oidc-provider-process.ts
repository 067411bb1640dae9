import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type ClientMetadata, type KoaContextWithOIDC } from 'oidc-provider'
import { origin } from '../load/requests.ts'
import { metadataOf, resource } from './clients.ts'

/** The options of this process: its only argument, as JSON. */
export type Start = {
  /** The number of its only client. */
  readonly client: number
  /** The anchor in base64; null: its hooks verify nothing. */
  readonly anchor: string | null
}

/**
 * oidc-provider for the job of the bench: tls_client_auth, a JWT access token bound to the certificate,
 * for a resource, ES256, everything in memory. Sends the port to its parent.
 */
const start: Start = JSON.parse(process.argv[2] ?? '')

/** RFC 9440: base64 between colons. */
const certificateIn = (ctx: KoaContextWithOIDC, header: string): X509Certificate =>
  new X509Certificate(Buffer.from(ctx.get(header).slice(1, -1), 'base64'))

const anchor =
  start.anchor === null ? null : new X509Certificate(Buffer.from(start.anchor, 'base64'))

/** A typical hand-written check in Node: names, CA flags, validity and signatures of the path. */
function isAuthorized(ctx: KoaContextWithOIDC): boolean {
  if (anchor === null) return true
  const path = [certificateIn(ctx, 'client-cert'), certificateIn(ctx, 'client-cert-chain'), anchor]
  const now = Date.now()
  return path.every((certificate, i) => {
    const { validFromDate, validToDate } = certificate
    const issuer = path[i + 1]
    if (now < validFromDate.getTime() || now > validToDate.getTime()) return false
    if (issuer === undefined) return true
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  })
}

/** Node prints a subject in the order of the DER, one attribute a line. RFC 4514 reverses it. */
function hasSubject(ctx: KoaContextWithOIDC, expected: string): boolean {
  if (anchor === null) return true
  return certificateIn(ctx, 'client-cert').subject.split('\n').reverse().join(',') === expected
}

const { client_id, tls_client_auth_subject_dn } = metadataOf(start.client)
const client = {
  client_id,
  tls_client_auth_subject_dn,
  token_endpoint_auth_method: 'tls_client_auth',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  tls_client_certificate_bound_access_tokens: true,
  scope: 'read write',
} as ClientMetadata

const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const provider = new Provider(origin, {
  clients: [client],
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'bench' }] },
  scopes: ['read', 'write'],
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clientAuthMethods: ['tls_client_auth'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      getCertificate: (ctx) => certificateIn(ctx, 'client-cert'),
      certificateAuthorized: isAuthorized,
      certificateSubjectMatches: (ctx, _, expected) => hasSubject(ctx, expected),
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'read write',
        audience: resource,
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
provider.proxy = true
provider.on('server_error', (_, error) => console.error(error))
provider.on('grant.error', (_, error) => console.error(error))

const server = createServer(provider.callback())
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
