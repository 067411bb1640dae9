import { type CryptoKey, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { thumbprint } from '../../../src/x509/index.ts'
import { edgeCf, type Presented } from '../../../test/support/worker/edge-cf.ts'
import { selfSignedCertificate } from '../../../test/support/worker/partners.ts'
import {
  audience,
  goodClaims,
  issuer,
  issuerKey,
  issuerWeb,
  now,
  signToken,
} from '../../../test/support/worker/test-issuer.ts'
import { callerHeader } from './caller-header.ts'
import { type Gateway, type GatewayEnv, gatewayOf } from './gateway.ts'
import { verifyCaller } from './verify-caller.ts'
import worker from './worker.ts'

const origin = 'https://origin.example.com'

let own: Presented
let other: Presented
let token: string
let bound: string
let env: GatewayEnv
let publicKey: CryptoKey
let gateway: Gateway
let web: ReturnType<typeof issuerWeb>

beforeAll(async () => {
  const key = await issuerKey('k1')
  web = issuerWeb([key.jwk])
  own = await selfSignedCertificate(now)
  other = await selfSignedCertificate(now)
  bound = await thumbprint(own.leaf)
  token = await signToken(key, goodClaims(bound))
  const caller = await generateKeyPair('EdDSA', { extractable: true })
  publicKey = caller.publicKey
  const jwk = JSON.stringify(await exportJWK(caller.privateKey))
  env = { ISSUER: issuer, AUDIENCE: audience, ORIGIN: `${origin}/v1`, CALLER_KEY: jwk }
  gateway = await gatewayOf(env, echo, { fetch: web.fetch, now: () => now })
})

/** The origin: the requests that it received, and the callers that it verified. */
async function echo(request: Request): Promise<Response> {
  const { method, url, headers } = request
  const known = { issuer: audience, audience: origin, key: publicKey }
  const caller = await verifyCaller(request, known, now)
  return Response.json({
    ...{ method, url, caller, headers: Object.fromEntries(headers) },
    ...{ redirect: request.redirect, cache: request.cache },
    body: await request.text(),
  })
}

type Wish = {
  readonly path?: string
  readonly init?: RequestInit
  readonly headers?: Readonly<Record<string, string>>
  readonly presented?: Presented | null
}

async function ask({ path = '/orders?page=2', init, headers, presented = own }: Wish = {}) {
  const request = new Request(`${audience}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...headers },
    cf: await edgeCf(presented),
  })
  return gateway(request)
}

/** A request that the origin received. */
type Heard = { readonly url: string; readonly headers: Record<string, string> } & Record<
  'method' | 'caller' | 'body' | 'redirect' | 'cache',
  unknown
>

const heard = async (wish?: Wish) => (await ask(wish)).json<Heard>()

describe('a verified request', () => {
  it('reaches the origin with the caller statement and without the token', async () => {
    const { method, url, caller, headers, body, redirect, cache } = await heard({
      init: { method: 'PUT', body: 'the body' },
      headers: { 'content-type': 'text/plain', 'x-own': '1' },
    })
    expect({ method, url, body, redirect, cache }).toEqual({
      ...{ method: 'PUT', url: `${origin}/v1/orders?page=2`, body: 'the body' },
      ...{ redirect: 'manual', cache: 'no-store' },
    })
    expect(caller).toEqual({
      ...{ iss: audience, aud: origin, iat: now, exp: now + 30, jti: expect.any(String) },
      ...{ sub: 'partner', client_id: 'partner', scope: 'orders:read orders:write' },
      cnf: { 'x5t#S256': bound },
      ...{ method: 'PUT', target_uri: `${origin}/v1/orders?page=2` },
    })
    expect(headers).toMatchObject({ 'content-type': 'text/plain', 'x-own': '1' })
    expect(headers).not.toHaveProperty('authorization')
  })

  it.each([['certbound-caller'], ['Certbound-Caller'], ['certbound_caller'], ['Certbound_caller']])(
    'loses what came in as %s',
    async (name) => {
      const { caller, headers } = await heard({ headers: { [name]: 'forged' } })
      expect(caller).toMatchObject({ client_id: 'partner' })
      expect(JSON.stringify(headers)).not.toContain('forged')
    },
  )

  it.each([
    ['//elsewhere.example/x', `${origin}/v1//elsewhere.example/x`],
    ['/../../x', `${origin}/v1/x`],
    ['/%2e%2e/x', `${origin}/v1/x`],
    ['/\\elsewhere.example', `${origin}/v1//elsewhere.example`],
    ['/@elsewhere.example', `${origin}/v1/@elsewhere.example`],
    ['/a%2fb%5C..c', `${origin}/v1/a%2fb%5C..c`],
  ])('is only sent below the configured origin: %s', async (path, url) => {
    expect((await heard({ path })).url).toBe(url)
  })
})

describe('a request without a valid bound token, or that must not be forwarded', () => {
  it.each<[name: string, wish: () => Wish, status: number]>([
    ['with another certificate', () => ({ presented: other }), 401],
    ['without one', () => ({ presented: null }), 401],
    ['with an altered token', () => ({ headers: { authorization: `Bearer ${token}x` } }), 401],
    ['with the token in the query', () => ({ path: `/?access_token=${token}` }), 400],
    ['with an escaped `..` segment', () => ({ path: '/..%2fadmin' }), 400],
    ['with a `..` segment and a backslash, both escaped', () => ({ path: '/a/%2E.%5Cadmin' }), 400],
    ['with a `..` segment that has a parameter', () => ({ path: '/..;x/admin' }), 400],
    ['that wants a WebSocket', () => ({ headers: { upgrade: 'websocket' } }), 400],
  ])('%s does not reach the origin', async (_, wish, status) => {
    const response = await ask(wish())
    expect(response.status).toBe(status)
    expect(await response.json()).not.toHaveProperty('url')
  })
})

describe('the origin', () => {
  const url = `${origin}/v1/orders`
  const known = () => ({ issuer: audience, audience: origin, key: publicKey })

  /** The statement of a GET of /orders, as the origin got it. */
  async function statement(): Promise<string> {
    const { headers } = await heard({ path: '/orders' })
    return headers[callerHeader] ?? ''
  }
  const request = (statementText: string, change: { method?: string; url?: string } = {}) =>
    new Request(change.url ?? url, {
      method: change.method ?? 'GET',
      headers: { [callerHeader]: statementText },
    })

  it('accepts a statement for its own request for 30 seconds', async () => {
    const statementText = await statement()
    const at = (time: number) => verifyCaller(request(statementText), known(), time)
    expect(await at(now)).toMatchObject({ client_id: 'partner' })
    expect(await at(now + 30)).toMatchObject({ client_id: 'partner' })
    expect(await at(now + 33)).toBeNull()
  })

  it('refuses a statement for another request', async () => {
    const statementText = await statement()
    const verify = (each: Request, change = {}) =>
      verifyCaller(each, { ...known(), ...change }, now)
    expect(await verify(request(statementText))).not.toBeNull()
    expect(await verify(request(statementText, { method: 'DELETE' }))).toBeNull()
    expect(await verify(request(statementText, { url: `${url}?all` }))).toBeNull()
    expect(await verify(request(statementText), { audience: 'https://other.example' })).toBeNull()
    expect(await verify(request(statementText), { issuer: 'https://other.example' })).toBeNull()
    expect(await verify(request(`${statementText}x`))).toBeNull()
    expect(await verify(request(token))).toBeNull()
    expect(await verify(new Request(url))).toBeNull()
  })
})

describe('an error outside of the gateway', () => {
  it('gets 502 if the origin cannot be reached', async () => {
    const unreachable = await gatewayOf(env, () => Promise.reject(new Error('refused')), {
      ...{ fetch: web.fetch, now: () => now },
    })
    const init = { headers: { authorization: `Bearer ${token}` }, cf: await edgeCf(own) }
    expect((await unreachable(new Request(`${audience}/orders`, init))).status).toBe(502)
  })

  it.each<[change: Partial<GatewayEnv>]>([
    [{ CALLER_KEY: 'secret' }],
    [
      {
        CALLER_KEY:
          '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
      },
    ],
    [{ ORIGIN: 'origin' }],
    [{ ORIGIN: 'http://origin.example.com' }],
    [{ ORIGIN: 'https://origin.example.com/?secret' }],
    [{ ISSUER: 'http://as.example.com' }],
  ])('gets 503 with %j in the configuration, and logs no secret', async (change) => {
    const broken = { ...env, ...change }
    const response = await worker.fetch(new Request(audience), broken)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
    const reason = await gatewayOf(broken).catch(String)
    expect(reason).toMatch(/CALLER_KEY|ORIGIN|issuer/)
    expect(reason).not.toContain('secret')
  })
})
