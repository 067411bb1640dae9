import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { edgeCf, type Presented } from '../../test/support/worker/edge-cf.ts'
import { selfSignedCertificate } from '../../test/support/worker/partners.ts'
import {
  audience,
  goodClaims,
  issuer,
  issuerKey,
  issuerWeb,
  now,
  signToken,
} from '../../test/support/worker/test-issuer.ts'
import { thumbprint } from '../x509/index.ts'
import type { VerifierOptions } from './options.ts'
import { refusalResponse } from './refusal-response.ts'
import { requireBoundToken } from './require-bound-token.ts'
import { requireScope, verifyBoundToken } from './verifier.ts'

let own: Presented
let options: VerifierOptions
let token: string
let web: ReturnType<typeof issuerWeb>

beforeAll(async () => {
  own = await selfSignedCertificate(now)
  const key = await issuerKey('k1')
  web = issuerWeb([key.jwk])
  token = await signToken(key, goodClaims(await thumbprint(own.leaf)))
  options = { issuer, audience, source: 'cloudflare', fetch: web.fetch, now: () => now }
})

const requestOf = async (init: RequestInit = {}, presented: Presented | null = own) =>
  new Request(`${audience}/orders`, {
    ...{ headers: { authorization: `Bearer ${token}` }, cf: await edgeCf(presented) },
    ...init,
  })

describe('the middleware', () => {
  const app = () =>
    new Hono()
      .use('/orders', requireBoundToken(options))
      .get('/orders', (c) => c.json(c.var.token))
      .post('/orders', async (c) => c.json(await c.req.parseBody()))

  it('hands the handler a typed token', async () => {
    const response = await app().request(await requestOf())
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      ...{ issuer, audience: [audience], subject: 'partner', clientId: 'partner', id: 'one' },
      ...{ scope: ['orders:read', 'orders:write'], issuedAt: now - 10, expiresAt: now + 300 },
      thumbprint: await thumbprint(own.leaf),
      claims: goodClaims(await thumbprint(own.leaf)),
    })
  })

  it('answers 401 if there is no token', async () => {
    const response = await app().request(await requestOf({ headers: {} }))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    expect(await response.json()).toEqual({})
  })

  it('lets the handler read a form', async () => {
    const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
    const headers = { authorization: `Bearer ${token}` }
    const response = await app().request(await requestOf({ ...init, headers }))
    expect(await response.json()).toEqual({ a: '1' })
  })
})

describe('a plain handler', () => {
  it('fetches keys once for one options object', async () => {
    web.asked.length = 0
    const mine = { ...options }
    for (let i = 0; i < 3; i++) {
      expect((await verifyBoundToken(await requestOf(), mine)).ok).toBe(true)
    }
    expect(web.asked).toHaveLength(2)
  })

  it('refuses a scope that one route requires', async () => {
    const verified = await verifyBoundToken(await requestOf(), options)
    if (!verified.ok) throw new Error(verified.error.code)
    expect(requireScope(verified.value, 'orders:read').ok).toBe(true)
    const refused = requireScope(verified.value, 'orders:delete')
    expect(refused.ok ? 200 : refusalResponse(refused.error).status).toBe(403)
  })
})

describe('invalid options', () => {
  const cases: [name: string, change: Record<string, unknown>, problem: string][] = [
    ['an issuer over http', { issuer: 'http://as.example.com' }, 'issuer: want an https URL'],
    ['an issuer with a query', { issuer: `${issuer}?a=1` }, 'issuer: want an https URL'],
    ['no audience', { audience: '' }, 'audience: want the name'],
    ['no audiences', { audience: [] }, 'audience: want the name'],
    ['a symmetric algorithm', { algorithms: ['HS256'] }, 'algorithms: want some of ES256'],
    ['no algorithm', { algorithms: [] }, 'algorithms: want some of ES256'],
    ['a skew as text', { clockSkew: '5' }, 'clockSkew: want 0 to 60'],
    ['a skew of an hour', { clockSkew: 3600 }, 'clockSkew: want 0 to 60'],
    ['metadata over http', { metadataUrl: 'http://x.example' }, 'metadataUrl: want an https URL'],
    ['an invalid scope', { scope: 'a  b' }, 'scope: want scope tokens'],
  ]
  it.each(cases)('%s', (_, change, problem) => {
    expect(() => requireBoundToken({ ...options, ...change })).toThrow(problem)
  })

  it('are reported together', () => {
    expect(() => requireBoundToken({ ...options, issuer: 'x', audience: '' })).toThrow(
      /issuer: .*; audience: /,
    )
  })
})
