import { beforeAll, describe, expect, it } from 'vitest'
import { maxFormBytes } from '../../src/oauth/form.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  jwksOf,
  type PartnerCertificate,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  type Ask,
  evidenceIn,
  mtlsHost,
  startOfTime as now,
  ordinaryHost,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const good = 'grant_type=client_credentials&client_id=solo'

let worker: TestDeployment
let presented: PartnerCertificate

beforeAll(async () => {
  const db = await freshDatabase()
  presented = await selfSignedCertificate(now)
  await register(db, selfSignedClient(jwksOf(presented)))
  worker = startDeployment()
})

/** A valid request with one change. */
const ask = (change: Ask) => worker.token(good, { presented, ...change })

it('accepts the base request, from which every other one differs in one thing', async () => {
  expect(outcome(await ask({}))).toBe('200 ok token_issued')
})

describe('another method', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s /token', async (method) => {
    const answer = await ask({ method, body: null })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
    expect(answer.line).toMatchObject({
      code: 'method_not_allowed',
      error: 'invalid_request',
      evidence: { method, allow: 'POST' },
    })
    if (method !== 'HEAD') expect(answer.json.error).toBe('invalid_request')
  })

  it.each(['/jwks', '/health', '/.well-known/oauth-authorization-server'])(
    'POST %s',
    async (path) => {
      const answer = await ask({ url: `${ordinaryHost}${path}` })
      expect(outcome(answer)).toBe('405 invalid_request method_not_allowed')
      expect(answer.headers.get('allow')).toBe('GET, HEAD')
    },
  )
})

describe('another content type', () => {
  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded; charset=iso-8859-1',
    'application/x-www-form-urlencoded, application/json',
    '',
  ])('%j', async (type) => {
    const answer = await ask({ headers: { 'content-type': type } })
    expect(outcome(answer)).toBe('400 invalid_request content_type')
    expect(evidenceIn(answer)).toEqual({ contentType: type })
  })
})

describe('not a form', () => {
  const malformed = '400 invalid_request form_malformed'
  const repeated = '400 invalid_request parameter_repeated'
  const pairs = Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join('&')

  it.each<[name: string, body: BodyInit, expected: string]>([
    ['a parameter twice', `${good}&client_id=solo`, repeated],
    ['an unknown parameter twice', `${good}&x=1&x=2`, repeated],
    ['a parameter twice, once empty', `${good}&scope=&scope=read`, repeated],
    ['a NUL', `${good}\u0000`, malformed],
    ['an escaped NUL', `${good}%00`, malformed],
    ['a NUL in a name', `${good}&%00=1`, malformed],
    ['a line break', `${good}&scope=read%0Awrite`, malformed],
    ['an escape that is not hexadecimal', `${good}&scope=%zz`, malformed],
    ['an escape cut off', `${good}&scope=%4`, malformed],
    ['escapes that are not UTF-8', `${good}&scope=%C3%28`, malformed],
    ['octets that are not UTF-8', Uint8Array.of(0x61, 0x3d, 0xff), malformed],
    ['UTF-16', Uint8Array.from([...good].flatMap((c) => [c.charCodeAt(0), 0])), malformed],
    ['a name that is missing', `${good}&=x`, malformed],
    ['JSON', '{"grant_type":"client_credentials"}', '401 invalid_client client_id_missing'],
    ['10 000 parameters', pairs, '413 invalid_request body_too_large'],
    ['as many as fit', pairs.slice(0, maxFormBytes), malformed],
  ])('%s', async (_, body, expected) => expect(outcome(await ask({ body }))).toBe(expected))

  it.each<[name: string, body: string, expected: string]>([
    ['no body', '', '401 invalid_client client_id_missing'],
    ['no grant type', 'client_id=solo', '400 invalid_request grant_type_missing'],
    ['an empty grant type', 'grant_type=&client_id=solo', '400 invalid_request grant_type_missing'],
    [
      'an unknown grant type',
      'grant_type=authorization_code&client_id=solo&code=x',
      '400 unsupported_grant_type grant_type_unsupported',
    ],
    ['an empty client_id', `${good.replace('solo', '')}`, '401 invalid_client client_id_missing'],
    ['an empty scope', `${good}&scope=&resource=`, '200 ok token_issued'],
    ['an unknown parameter', `${good}&anything=x`, '200 ok token_issued'],
  ])('%s', async (_, body, expected) => expect(outcome(await ask({ body }))).toBe(expected))
})

describe('too long', () => {
  const tooLarge = '413 invalid_request body_too_large'
  const padded = (length: number) => `${good}&x=`.padEnd(length, 'x')
  const stream = (text: string, then: 'close' | 'error' = 'close') =>
    new ReadableStream({
      start(controller) {
        for (let i = 0; i < text.length; i += 1000) {
          controller.enqueue(new TextEncoder().encode(text.slice(i, i + 1000)))
        }
        if (then === 'close') controller.close()
        else controller.error(new Error('gone'))
      },
    })

  it('a body', async () => {
    expect((await ask({ body: padded(maxFormBytes) })).status).toBe(200)
    expect(outcome(await ask({ body: padded(maxFormBytes + 1) }))).toBe(tooLarge)
    expect(outcome(await ask({ body: padded(1_000_000) }))).toBe(tooLarge)
  })

  it('a body without Content-Length', async () => {
    expect((await ask({ body: stream(padded(maxFormBytes)) })).status).toBe(200)
    expect(outcome(await ask({ body: stream(padded(maxFormBytes + 1)) }))).toBe(tooLarge)
  })

  it('a body whose Content-Length is too large', async () => {
    const answer = await ask({ body: stream(good), headers: { 'content-length': '9999999' } })
    expect(outcome(answer)).toBe(tooLarge)
  })

  it('a body that ends early', async () => {
    const answer = await ask({ body: stream(good, 'error') })
    expect(outcome(answer)).toBe('400 invalid_request form_malformed')
    expect(evidenceIn(answer)).toEqual({ problem: 'the body broke off' })
  })

  it.each([
    ['Authorization', 'Basic', 'authorization_malformed', '400'],
    ['Authorization of another scheme', 'Bearer', 'authentication_methods', '400'],
  ])('a header: %s', async (_, scheme, code, status) => {
    const answer = await ask({ headers: { authorization: `${scheme} ${'x'.repeat(100_000)}` } })
    expect(outcome(answer)).toBe(`${status} invalid_request ${code}`)
  })

  it('a client_id in a header', async () => {
    const authorization = `Basic ${btoa(`${'x'.repeat(90_000)}:`)}`
    const body = 'grant_type=client_credentials'
    const answer = await ask({ body, headers: { authorization } })
    expect(outcome(answer)).toBe('401 invalid_client client_unknown')
  })

  it('a resource and a scope', async () => {
    const resource = `${good}&resource=https://a/${'x'.repeat(3000)}`
    expect(outcome(await ask({ body: resource }))).toBe('400 invalid_target resource_malformed')
    const scope = `${good}&scope=${'a+'.repeat(200)}a`
    expect(outcome(await ask({ body: scope }))).toBe('400 invalid_scope scope_malformed')
  })
})

describe('parameters outside of the body', () => {
  it.each([`?${good}`, '?client_id=solo', '?x'])('/token%s', async (query) => {
    const answer = await ask({ url: `${mtlsHost}/token${query}` })
    expect(outcome(answer)).toBe('400 invalid_request query_present')
  })

  it('accepts an empty query', async () => {
    expect((await ask({ url: `${mtlsHost}/token?` })).status).toBe(200)
  })
})

describe('another host', () => {
  it.each([
    'https://other.example.com',
    'https://as.example.com.',
    'https://as.example.com:8443',
    'https://x.as.example.com',
    'https://192.0.2.1',
    'https://certbound.workers.dev',
  ])('%s', async (origin) => {
    const answer = await ask({ url: `${origin}/token` })
    expect(outcome(answer)).toBe('421 invalid_request host_unknown')
    expect(evidenceIn(answer)).toEqual({ host: new URL(origin).host })
  })

  it('regardless of the Host header', async () => {
    const headers = { host: 'as.example.com', 'x-forwarded-host': 'as.example.com' }
    const answer = await ask({ url: 'https://other.example.com/token', headers })
    expect(answer.status).toBe(421)
  })

  it('accepts the host in any case', async () => {
    expect((await ask({ url: 'https://MTLS.AS.example.com/token' })).status).toBe(200)
  })
})

describe('transport below TLS 1.2', () => {
  it('http', async () => {
    const answer = await ask({ url: 'http://mtls.as.example.com/token' })
    expect(outcome(answer)).toBe('403 invalid_request transport_insecure')
  })

  it.each([['TLSv1.1'], ['TLSv1'], ['SSLv3'], ['none'], [''], [undefined], [null], [1.3]])(
    'tlsVersion %j',
    async (tlsVersion) => {
      const answer = await ask({ cf: { tlsVersion } })
      expect(outcome(answer)).toBe('403 invalid_request transport_insecure')
      expect(evidenceIn(answer)).toEqual({ protocol: 'https:', tlsVersion: String(tlsVersion) })
    },
  )

  it.each(['TLSv1.2', 'TLSv1.3'])('%s is accepted', async (tlsVersion) => {
    expect(outcome(await ask({ cf: { tlsVersion } }))).toBe(
      '401 invalid_client certificate_missing',
    )
  })

  it('from another Worker, without a connection of its own', async () => {
    expect((await ask({ cf: {} })).status).toBe(403)
  })
})

describe('an unknown path', () => {
  it.each([
    '/',
    '/token/',
    '/token/x',
    '/Token',
    '//token',
    '/oauth/token',
    '/%74oken',
    '/tok%65n',
    '/introspect/',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/token',
    '/%zz',
    '/%00',
    `/${'x'.repeat(5000)}`,
  ])('%.40s', async (path) => {
    const answer = await ask({ url: `${mtlsHost}${path}` })
    expect(outcome(answer)).toBe('404 invalid_request path_unknown')
  })
})
