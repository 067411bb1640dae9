import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  requireBoundToken,
  type VerifierOptions,
  verifyBoundToken,
} from '../../../src/resource-server/index.ts'
import { cameBy, nodeTlsCertificate } from '../../../src/resource-server/node/index.ts'
import { askForToken } from '../../support/node/access-token.ts'
import { fetchWithCertificate } from '../../support/node/fetch-with-certificate.ts'
import { type LocalEdge, type Partner, startLocalEdge } from '../../support/node/local-edge.ts'
import { askApi, startTlsApi, type TlsApi } from '../../support/node/tls-api.ts'
import { startWorkerBehindEdge } from '../../support/node/worker-behind-edge.ts'

const audience = 'https://api.example.com'

/** Both ways to use the library, in one Worker. */
const workerSource = `
import { Hono } from 'hono'
import { refusalResponse, requireBoundToken, verifyBoundToken } from 'certbound/resource-server'
let options, app
export default {
  async fetch(request, env, ctx) {
    options ??= { issuer: env.ISSUER, audience: '${audience}', source: 'cloudflare' }
    app ??= new Hono()
      .use(requireBoundToken(options))
      .get('/hono', (c) => c.json({ caller: c.var.token.clientId }))
    if (new URL(request.url).pathname === '/hono') return app.fetch(request, env, ctx)
    const verified = await verifyBoundToken(request, options)
    return verified.ok
      ? Response.json({ caller: verified.value.clientId })
      : refusalResponse(verified.error)
  },
}`

let edge: LocalEdge
let worker: TlsApi
let node: TlsApi
let a: Partner
let b: Partner
let token: string

/** An API on Node without a TLS terminator. */
function startNodeApi(): Promise<TlsApi> {
  const fetch = fetchWithCertificate({ ca: edge.ca })
  const options: VerifierOptions = {
    issuer: edge.issuer,
    audience,
    source: nodeTlsCertificate,
    fetch: (url, init) => fetch(url, init),
  }
  const app = new Hono<{ Bindings: HttpBindings }>()
    .use((c, next) => {
      cameBy(c.req.raw, c.env.incoming.socket)
      return next()
    })
    .get('/plain', async (c) => {
      const verified = await verifyBoundToken(c.req.raw, options)
      return verified.ok
        ? c.json({ caller: verified.value.clientId })
        : c.json({ code: verified.error.code }, 401)
    })
    .use(requireBoundToken(options))
    .get('/hono', (c) => c.json({ caller: c.var.token.clientId }))
  return startTlsApi(edge, getRequestListener(app.fetch))
}

beforeAll(async () => {
  edge = await startLocalEdge()
  a = edge.partners.caIssued
  b = edge.partners.selfSigned
  const { body } = await askForToken(edge, a)
  token = String(body.access_token)
  worker = await startWorkerBehindEdge(edge, {
    entry: { source: workerSource },
    bindings: { ISSUER: edge.issuer },
  })
  node = await startNodeApi()
}, 60_000)
afterAll(async () => {
  await worker?.stop()
  await node?.stop()
  await edge?.stop()
})

describe.each<[name: string, url: () => string]>([
  ['a Hono API on Workers', () => `${worker.origin}/hono`],
  ['a fetch handler on Workers', () => `${worker.origin}/plain`],
  ['a Hono API on Node, over its own TLS', () => `${node.origin}/hono`],
  ['a handler on Node, over its own TLS', () => `${node.origin}/plain`],
])('%s', (_, url) => {
  it('serves partner A with its token and its certificate', async () => {
    const { status, text } = await askApi(edge, url(), token, a)
    expect([status, text]).toEqual([200, JSON.stringify({ caller: a.clientId })])
  })
  it("refuses partner B with A's token", async () => {
    expect((await askApi(edge, url(), token, b)).status).toBe(401)
  })
  it("refuses A's token without a certificate", async () => {
    expect((await askApi(edge, url(), token, null)).status).toBe(401)
  })
})

it('the challenge follows RFC 6750', async () => {
  const { challenge } = await askApi(edge, `${worker.origin}/hono`, token, b)
  expect(challenge).toMatch(
    /^Bearer realm="api", error="invalid_token", error_description="[^"]+"$/,
  )
})

it('a request without a known connection throws, and does not count as one without a certificate', () => {
  const request = new Request('https://api.example.com')
  expect(() => nodeTlsCertificate(request)).toThrow(TypeError)
  expect(() => cameBy(request, {})).toThrow(TypeError)
})
