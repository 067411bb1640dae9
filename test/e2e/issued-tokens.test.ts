import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { x5t } from '../support/node/access-token.ts'
import {
  type CertificateFetch,
  fetchWithCertificate,
} from '../support/node/fetch-with-certificate.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../support/node/local-edge.ts'

const resource = 'https://api.example.com'

/** A client of oauth4webapi, and the fetch that presents its certificate. */
type Party = { readonly client: oauth.Client; readonly fetch: CertificateFetch }

/** oauth4webapi, unmodified and over real TLS, with everything discovered from the metadata. */
describe('introspection and revocation by an unmodified library', () => {
  let edge: LocalEdge
  let as: oauth.AuthorizationServer
  let partner: Party
  let api: Party

  const partyOf = ({ clientId, cert, key }: Partner): Party => ({
    client: { client_id: clientId, use_mtls_endpoint_aliases: true },
    fetch: fetchWithCertificate({ ca: edge.ca, cert, key }),
  })
  const through = ({ fetch }: Party) => ({ [oauth.customFetch]: fetch as never })

  beforeAll(async () => {
    // An operator's change takes effect after a second for tokens, at once for introspection.
    edge = await startLocalEdge({ variables: { CLIENT_MEMORY: '1' } })
    partner = partyOf(edge.partners.caIssued)
    api = partyOf(edge.partners.selfSigned)
    const { clientId } = edge.partners.selfSigned
    const ran = await edge.certbound('client', 'update', clientId, '--introspect', resource)
    expect(ran.code, ran.err).toBe(0)
    const issuer = new URL(edge.issuer)
    const options = { ...through(partner), algorithm: 'oauth2' } as const
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  }, 60_000)
  afterAll(async () => {
    await partner?.fetch.close()
    await api?.fetch.close()
    await edge?.stop()
  })

  const token = async (): Promise<string> => {
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      partner.client,
      oauth.TlsClientAuth(),
      { scope: 'orders:read' },
      through(partner),
    )
    const issued = await oauth.processClientCredentialsResponse(as, partner.client, response)
    return issued.access_token
  }

  const introspect = async (text: string, requestJwtResponse = false) => {
    const response = await oauth.introspectionRequest(as, api.client, oauth.TlsClientAuth(), text, {
      ...through(api),
      requestJwtResponse,
    })
    const copy = response.clone()
    const answer = await oauth.processIntrospectionResponse(as, api.client, response)
    return { answer, response: copy, processed: response }
  }

  const revoke = async (text: string, party: Party) =>
    oauth.processRevocationResponse(
      await oauth.revocationRequest(as, party.client, oauth.TlsClientAuth(), text, through(party)),
    )

  const update = async (...args: string[]) => {
    const ran = await edge.certbound('client', ...args)
    expect(ran.code, ran.err).toBe(0)
  }

  it.each(['jwt', 'opaque'])(
    'a token of the format %s: active, revoked, inactive',
    async (format) => {
      const { clientId, cert } = edge.partners.caIssued
      await update('update', clientId, '--token-format', format)
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const text = await token()
      expect(text.startsWith('cbt_')).toBe(format === 'opaque')
      const { answer } = await introspect(text)
      expect(answer).toMatchObject({
        active: true,
        client_id: clientId,
        aud: resource,
        scope: 'orders:read',
        cnf: { 'x5t#S256': x5t(cert) },
      })
      await expect(revoke(text, api)).rejects.toMatchObject({ error: 'invalid_grant' })
      await revoke(text, partner)
      expect((await introspect(text)).answer).toEqual({ active: false })
    },
    60_000,
  )

  it('a signed response, verified with the published keys', async () => {
    const { answer, response, processed } = await introspect(await token(), true)
    expect(response.headers.get('content-type')).toBe('application/token-introspection+jwt')
    expect(answer).toMatchObject({ active: true, iss: edge.issuer })
    await oauth.validateApplicationLevelSignature(as, processed, through(api))
  })

  it('the operator revokes all tokens of a client', async () => {
    const text = await token()
    expect((await introspect(text)).answer.active).toBe(true)
    await update('revoke-tokens', edge.partners.caIssued.clientId)
    expect((await introspect(text)).answer).toEqual({ active: false })
  })

  it('refuses introspection to a client that is not registered for it', async () => {
    const asked = oauth.introspectionRequest(
      as,
      partner.client,
      oauth.TlsClientAuth(),
      'x',
      through(partner),
    )
    await expect(
      oauth.processIntrospectionResponse(as, partner.client, await asked),
    ).rejects.toMatchObject({ error: 'access_denied', status: 403 })
  })
})
