import { type CryptoKey, exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callerHeader } from '../../../examples/gateway/src/caller-header.ts'
import { verifyCaller } from '../../../examples/gateway/src/verify-caller.ts'
import { askForToken } from '../../support/node/access-token.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../../support/node/local-edge.ts'
import { startTlsApi, type TlsApi } from '../../support/node/tls-api.ts'
import { type TlsRequest, tlsRequest } from '../../support/node/tls-client.ts'
import { startWorkerBehindEdge } from '../../support/node/worker-behind-edge.ts'

const audience = 'https://api.example.com'

/** The example gateway in workerd, an origin behind it, and partners with tokens. */
describe('the example gateway', () => {
  let edge: LocalEdge
  let origin: TlsApi
  let gateway: TlsApi
  let a: Partner
  let b: Partner
  let token: string
  let publicKey: CryptoKey

  /** An origin that only checks the gateway's statement, and returns it. */
  const startOrigin = (): Promise<TlsApi> =>
    startTlsApi(edge, async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk)
      const request = {
        method: incoming.method ?? '',
        url: `${origin.origin}${incoming.url}`,
        headers: new Headers(Object.entries(incoming.headers) as [string, string][]),
      }
      const expected = { issuer: gateway.origin, audience: origin.origin, key: publicKey }
      const caller = await verifyCaller(request, expected, Math.floor(Date.now() / 1000))
      const { authorization } = incoming.headers
      const body = Buffer.concat(chunks).toString()
      response.writeHead(caller === null ? 403 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ caller, authorization, body }))
    })

  beforeAll(async () => {
    edge = await startLocalEdge()
    a = edge.partners.caIssued
    b = edge.partners.selfSigned
    token = String((await askForToken(edge, a)).body.access_token)
    const keys = await generateKeyPair('EdDSA', { extractable: true })
    publicKey = keys.publicKey
    origin = await startOrigin()
    gateway = await startWorkerBehindEdge(edge, {
      entry: 'examples/gateway/src/worker.ts',
      bindings: {
        ISSUER: edge.issuer,
        AUDIENCE: audience,
        ORIGIN: origin.origin,
        CALLER_KEY: JSON.stringify(await exportJWK(keys.privateKey)),
      },
    })
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    await origin?.stop()
    await edge?.stop()
  })

  const ask = (
    partner: Partner | null,
    headers: Readonly<Record<string, string>> = {},
    change: Partial<TlsRequest> = {},
  ) =>
    tlsRequest({
      url: `${gateway.origin}/orders?page=2`,
      ca: edge.ca,
      method: 'POST',
      body: 'an order',
      ...(partner === null ? {} : { cert: partner.cert, key: partner.key }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', ...headers },
      ...change,
    })

  it("tells the origin that partner A calls, with A's certificate", async () => {
    const { status, text } = await ask(a)
    expect(status, text).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      caller: {
        sub: a.clientId,
        client_id: a.clientId,
        scope: 'orders:read orders:write',
        method: 'POST',
        target_uri: `${origin.origin}/orders?page=2`,
      },
      body: 'an order',
    })
    expect(JSON.parse(text)).not.toHaveProperty('authorization')
  })

  it("refuses partner B with A's token, and A's token without a certificate", async () => {
    const answers = [await ask(b), await ask(null)]
    expect(answers.map(({ status }) => status)).toEqual([401, 401])
    expect(answers[0]?.headers['www-authenticate']).toContain('error="invalid_token"')
  })

  it('does not let a caller write the statement', async () => {
    const { text } = await ask(a, { [callerHeader]: 'forged', certbound_caller: 'forged' })
    expect(JSON.parse(text).caller).toMatchObject({ client_id: a.clientId })
    const bypassing = { url: `${origin.origin}/orders`, ca: edge.ca }
    const direct = await tlsRequest({ ...bypassing, headers: { [callerHeader]: token } })
    expect(direct.status).toBe(403)
  })

  it.each<[name: string, headers: Record<string, string>, change: Partial<TlsRequest>, number]>([
    ['a GET', {}, { method: 'GET', body: '' }, 200],
    ['a GET whose body has no octets', { 'content-length': '0' }, { method: 'GET', body: '' }, 200],
    ['a GET with a body', { 'content-length': '1' }, { method: 'GET', body: 'x' }, 400],
    ['a GET with chunks', { 'transfer-encoding': 'chunked' }, { method: 'GET', body: 'x' }, 400],
    [
      'a GET without any chunk',
      { 'transfer-encoding': 'chunked' },
      { method: 'GET', body: '' },
      200,
    ],
    ['a HEAD', {}, { method: 'HEAD', body: '' }, 200],
    ['a DELETE with a body', { 'content-length': '1' }, { method: 'DELETE', body: 'x' }, 200],
    ['a POST without one', { 'content-length': '0' }, { method: 'POST', body: '' }, 200],
    ['a TRACE', {}, { method: 'TRACE', body: '' }, 405],
  ])('answers %s', async (_, headers, change, expected) => {
    const { status, text } = await ask(a, headers, change)
    expect(status, text).toBe(expected)
  })
})
