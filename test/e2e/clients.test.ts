import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { ClientCredentials } from 'simple-oauth2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verified, x5t } from '../support/node/access-token.ts'
import { goEnvironment, itWithProgram } from '../support/node/debian.ts'
import { fetchWithCertificate } from '../support/node/fetch-with-certificate.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../support/node/local-edge.ts'

const run = promisify(execFile)
const program = (name: string) => new URL(`./clients/${name}`, import.meta.url).pathname

/** Clients that partners use, unmodified and over real TLS. */
describe('unmodified OAuth clients', () => {
  let edge: LocalEdge
  let partner: Partner
  let folder: string

  beforeAll(async () => {
    edge = await startLocalEdge()
    partner = edge.partners.caIssued
    folder = await mkdtemp(join(tmpdir(), 'certbound-clients-'))
  }, 60_000)
  afterAll(async () => {
    await edge?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const expectBound = async (token: unknown, owner: Partner = partner): Promise<void> => {
    expect(token).toBeTypeOf('string')
    const claims = await verified(edge, String(token))
    expect(claims).toMatchObject({
      client_id: owner.clientId,
      cnf: { 'x5t#S256': x5t(owner.cert) },
    })
  }

  const environment = () => ({
    ...process.env,
    CLIENT_ID: partner.clientId,
    CERTIFICATE: partner.certFile,
    KEY: partner.keyFile,
    CA: edge.caFile,
    TOKEN_ENDPOINT: `${edge.mtlsOrigin}/token`,
    SCOPE: 'orders:read',
  })

  it('curl', async () => {
    const { stdout } = await run('curl', [
      '--silent',
      '--fail',
      '--cacert',
      edge.caFile,
      '--cert',
      partner.certFile,
      '--key',
      partner.keyFile,
      '-d',
      'grant_type=client_credentials',
      '-d',
      `client_id=${partner.clientId}`,
      `${edge.mtlsOrigin}/token`,
    ])
    await expectBound(JSON.parse(stdout).access_token)
  })

  it.each(['caIssued', 'selfSigned'] as const)(
    'oauth4webapi, aliases discovered from metadata: %s',
    async (name) => {
      const owner = edge.partners[name]
      const fetch = fetchWithCertificate({ ca: edge.ca, cert: owner.cert, key: owner.key })
      const options = { [oauth.customFetch]: fetch as never }
      const issuer = new URL(edge.issuer)
      const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' })
      const as = await oauth.processDiscoveryResponse(issuer, discovered)
      const metadata: oauth.Client = { client_id: owner.clientId, use_mtls_endpoint_aliases: true }
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        metadata,
        oauth.TlsClientAuth(),
        new URLSearchParams({ scope: 'orders:read' }),
        options,
      )
      const token = await oauth.processClientCredentialsResponse(as, metadata, response)
      expect(token).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'orders:read' })
      await expectBound(token.access_token, owner)
      await fetch.close()
    },
  )

  it('openid-client, aliases discovered from metadata', async () => {
    const fetch = fetchWithCertificate({ ca: edge.ca, cert: partner.cert, key: partner.key })
    const config = await client.discovery(
      new URL(edge.issuer),
      partner.clientId,
      { use_mtls_endpoint_aliases: true },
      client.TlsClientAuth(),
      { algorithm: 'oauth2', [client.customFetch]: fetch as never },
    )
    const token = await client.clientCredentialsGrant(config, {
      resource: 'https://api.example.com',
    })
    await expectBound(token.access_token)
    await fetch.close()
  })

  it.each(['header', 'body'] as const)(
    'simple-oauth2, which sends an empty secret in the %s',
    async (authorizationMethod) => {
      const agent = new Agent({ ca: edge.ca, cert: partner.cert, key: partner.key })
      const grant = new ClientCredentials({
        client: { id: partner.clientId, secret: '' },
        auth: { tokenHost: edge.mtlsOrigin, tokenPath: '/token' },
        options: { authorizationMethod },
        http: { agents: { https: agent, http: agent, httpsAllowUnauthorized: agent } },
      } as never)
      const { token } = await grant.getToken({ scope: 'orders:read' })
      await expectBound(token.access_token)
      agent.destroy()
    },
  )

  itWithProgram('/usr/bin/python3', ['-c', 'import authlib, requests'], 'authlib', async () => {
    const { stdout } = await run('/usr/bin/python3', [program('authlib-client.py')], {
      env: environment(),
    })
    await expectBound(JSON.parse(stdout).access_token)
  })

  itWithProgram('go', ['list', 'golang.org/x/oauth2/clientcredentials'], 'x/oauth2', async () => {
    const binary = join(folder, 'x-oauth2')
    await run('go', ['build', '-o', binary, program('x-oauth2.go')], {
      env: { ...process.env, ...goEnvironment, GOCACHE: join(folder, 'go-cache') },
    })
    for (const AUTH_STYLE of ['auto_detect', 'in_params']) {
      const { stdout } = await run(binary, [], { env: { ...environment(), AUTH_STYLE } })
      await expectBound(JSON.parse(stdout).access_token)
    }
  })
})
