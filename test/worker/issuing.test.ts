import type { D1Database } from '@cloudflare/workers-types'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/encoding/base64.ts'
import { utf8 } from '../../src/encoding/bytes.ts'
import { signingAlgs } from '../../src/oauth/signing-algs.ts'
import { thumbprint } from '../../src/x509/index.ts'
import { subjectAltName } from '../support/mint/mint.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  type Authority,
  addAnchors,
  apiResource,
  issueCertificate,
  jwksOf,
  mintAuthority,
  otherResource,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  type Answer,
  evidenceIn,
  mtlsHost,
  startOfTime as now,
  ordinaryHost,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const grant = { grant_type: 'client_credentials' }

let db: D1Database
let authority: Authority
let acme: PartnerCertificate
let solo: PartnerCertificate
let worker: TestDeployment

beforeAll(async () => {
  db = await freshDatabase()
  authority = await mintAuthority('Acme CA', now)
  acme = await issueCertificate(authority, now, {
    more: [
      subjectAltName([
        { dns: 'Partner.Acme.Example' },
        { uri: 'spiffe://acme.example/partner' },
        { ip: [192, 0, 2, 7] },
        { ip: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1] },
        { email: 'ops@acme.example' },
      ]),
    ],
  })
  solo = await selfSignedCertificate(now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  await register(db, selfSignedClient(jwksOf(solo)))
  worker = startDeployment()
})

/** Verifies a token with the published JWK Set. */
async function verified(answer: Answer, from = worker) {
  const { json } = await from.ask({ url: `${ordinaryHost}/jwks` })
  const keys = createLocalJWKSet(json as { keys: [] })
  return jwtVerify(String(answer.json.access_token), keys, {
    issuer: ordinaryHost,
    typ: 'at+jwt',
    currentDate: new Date(from.now * 1000),
  })
}

describe('a partner with a certificate of its CA', () => {
  it('gets a token that is bound to it', async () => {
    const answer = await worker.token({ ...grant, client_id: 'acme' }, { presented: acme })
    expect(outcome(answer)).toBe('200 ok token_issued')
    const { access_token: _, ...rest } = answer.json
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 300, scope: 'read write' })
    const { payload, protectedHeader } = await verified(answer)
    expect(protectedHeader).toEqual({
      typ: 'at+jwt',
      alg: 'ES256',
      kid: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(payload).toEqual({
      iss: ordinaryHost,
      sub: 'acme',
      client_id: 'acme',
      aud: apiResource,
      iat: now,
      exp: now + 300,
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
      scope: 'read write',
      cnf: { 'x5t#S256': await thumbprint(acme.leaf) },
    })
  })

  it('logs the jti and not the token', async () => {
    const presented = acme
    const { line, json, headers } = await worker.token(
      { ...grant, client_id: 'acme' },
      { presented, headers: { 'cf-connecting-ip': '192.0.2.77', 'cf-ray': '8f-LHR' } },
    )
    const jti = JSON.parse(atob(String(json.access_token).split('.')[1] ?? '')).jti
    expect(line).toEqual({
      level: 'info',
      code: 'token_issued',
      client_id: 'acme',
      jti,
      kid: expect.any(String),
      aud: apiResource,
      scope: 'read write',
      exp: now + 300,
      bound: true,
      thumbprint: await thumbprint(acme.leaf),
      not_after: expect.any(Number),
      request_id: headers.get('x-request-id'),
      ray: '8f-LHR',
      address: '192.0.2.77',
      method: 'POST',
      host: 'mtls.as.example.com',
      path: '/token',
      status: 200,
    })
  })

  it('gets a new jti each time', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async () => {
        const answer = await worker.token({ ...grant, client_id: 'acme' }, { presented: acme })
        return (await verified(answer)).payload.jti
      }),
    )
    expect(new Set(ids).size).toBe(3)
  })

  it('gets a token on the ordinary host as well, if that asks for certificates', async () => {
    const url = `${ordinaryHost}/token`
    const answer = await worker.token({ ...grant, client_id: 'acme' }, { presented: acme, url })
    expect(answer.status).toBe(200)
  })

  it('needs no intermediate if the trust anchor is the issuing CA', async () => {
    await addAnchors(db, 'acme-issuing', authority.intermediate.der)
    const name = { client_id: 'direct', trust_anchor_set: 'acme-issuing' }
    await register(db, { ...pkiClient, ...name })
    const presented = { leaf: acme.leaf, chain: [] }
    const answer = await worker.token({ ...grant, client_id: 'direct' }, { presented })
    expect(answer.status).toBe(200)
  })
})

describe('the response', () => {
  it('may not be cached', async () => {
    const answer = await worker.token({ ...grant, client_id: 'acme' }, { presented: acme })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('pragma')).toBe('no-cache')
    expect(answer.headers.get('content-type')).toBe('application/json')
  })

  it.each([
    ['application/x-www-form-urlencoded; charset=UTF-8'],
    ['APPLICATION/X-WWW-FORM-URLENCODED'],
  ])('is for %s', async (type) => {
    const answer = await worker.token(
      { ...grant, client_id: 'acme' },
      { presented: acme, headers: { 'content-type': type } },
    )
    expect(answer.status).toBe(200)
  })
})

describe('each subject attribute', () => {
  it.each([
    ['dn', 'tls_client_auth_subject_dn', 'cn=PARTNER , o=acme', true],
    ['dn-order', 'tls_client_auth_subject_dn', 'O=Acme,CN=partner', false],
    ['dns', 'tls_client_auth_san_dns', 'partner.acme.example', true],
    ['dns-other', 'tls_client_auth_san_dns', 'acme.example', false],
    ['uri', 'tls_client_auth_san_uri', 'spiffe://ACME.example/partner', true],
    ['uri-other', 'tls_client_auth_san_uri', 'spiffe://acme.example/Partner', false],
    ['ip4', 'tls_client_auth_san_ip', '192.0.2.7', true],
    ['ip4-other', 'tls_client_auth_san_ip', '192.0.2.8', false],
    ['ip6', 'tls_client_auth_san_ip', '2001:0DB8:0::0001', true],
    ['email', 'tls_client_auth_san_email', 'ops@ACME.example', true],
    ['email-other', 'tls_client_auth_san_email', 'Ops@acme.example', false],
  ])('%s: %s %j: %s', async (name, attribute, value, matches) => {
    await addAnchors(db, name, authority.root.der)
    await register(db, {
      ...pkiClient,
      client_id: name,
      trust_anchor_set: name,
      tls_client_auth_subject_dn: undefined,
      [attribute]: value,
    })
    const answer = await worker.token({ ...grant, client_id: name }, { presented: acme })
    expect(outcome(answer)).toBe(
      matches ? '200 ok token_issued' : '401 invalid_client subject_mismatch',
    )
    if (!matches) {
      expect(evidenceIn(answer)).toMatchObject({
        clientId: name,
        attribute,
        expected: value,
        presented: expect.arrayContaining([expect.any(String)]),
        thumbprint: await thumbprint(acme.leaf),
      })
    }
  })
})

it('a client that is registered for unbound tokens gets one without cnf', async () => {
  const unbound = { client_id: 'unbound', tls_client_certificate_bound_access_tokens: false }
  await register(db, { ...selfSignedClient(jwksOf(solo)), ...unbound })
  const answer = await worker.token({ ...grant, client_id: 'unbound' }, { presented: solo })
  expect((await verified(answer)).payload).not.toHaveProperty('cnf')
  const unregistered = await selfSignedCertificate(now)
  const refused = await worker.token(
    { ...grant, client_id: 'unbound' },
    { presented: unregistered },
  )
  expect(refused.status).toBe(401)
})

describe('an empty secret only names the client', () => {
  const basic = (text: string) => ({ authorization: `Basic ${toBase64(utf8(text))}` })
  it.each<[name: string, form: Record<string, string>, headers: Record<string, string>]>([
    ['client_secret=', { client_id: 'acme', client_secret: '' }, {}],
    ['Basic', {}, basic('acme:')],
    ['Basic and client_id', { client_id: 'acme' }, basic('acme:')],
    ['both', { client_id: 'acme', client_secret: '' }, basic('acme:')],
  ])('%s', async (_, form, headers) => {
    const answer = await worker.token({ ...grant, ...form }, { presented: acme, headers })
    expect(outcome(answer)).toBe('200 ok token_issued')
  })
})

describe('scope and resource', () => {
  it.each<[more: string, scope: string | undefined, aud: string | string[]]>([
    ['', 'read write', apiResource],
    ['&scope=read', 'read', apiResource],
    ['&scope=write+read', 'write read', apiResource],
    [`&resource=${otherResource}`, 'read write', otherResource],
    [
      `&resource=${apiResource}&resource=${otherResource}&scope=read`,
      'read',
      [apiResource, otherResource],
    ],
  ])('granted: %j', async (more, scope, aud) => {
    const form = `grant_type=client_credentials&client_id=acme${more}`
    const answer = await worker.token(form, { presented: acme })
    expect(answer.json.scope).toBe(scope)
    expect((await verified(answer)).payload).toMatchObject({ scope, aud })
  })

  it.each([
    ['scope=admin', '400 invalid_scope scope_not_allowed'],
    ['scope=read+admin', '400 invalid_scope scope_not_allowed'],
    ['scope=read++write', '400 invalid_scope scope_malformed'],
    ['resource=https://third.example', '400 invalid_target resource_not_allowed'],
    [`resource=${apiResource}%23x`, '400 invalid_target resource_malformed'],
    ['resource=api', '400 invalid_target resource_malformed'],
    [
      `resource=${apiResource}&resource=https://third.example`,
      '400 invalid_target resource_not_allowed',
    ],
  ])('refused: %j: %s', async (more, expected) => {
    const form = `grant_type=client_credentials&client_id=acme&${more}`
    expect(outcome(await worker.token(form, { presented: acme }))).toBe(expected)
  })
})

describe('a token never outlives the certificate', () => {
  it.each([
    [299, '200 ok token_issued', 299],
    [1, '200 ok token_issued', 1],
    [0, '401 invalid_client certificate_expiring', undefined],
    [-1, '401 invalid_client certificate_path', undefined],
  ])('PKI: %d seconds left', async (left, expected, expiresIn) => {
    const presented = await issueCertificate(authority, now, { notAfter: now + left })
    const answer = await worker.token({ ...grant, client_id: 'acme' }, { presented })
    expect(outcome(answer)).toBe(expected)
    expect(answer.json.expires_in).toBe(expiresIn)
  })

  it('an intermediate that expires first limits the token', async () => {
    const thirtyDays = 30 * 86_400
    const brief = await mintAuthority('Brief CA', now + 100 - thirtyDays)
    await addAnchors(db, 'brief', brief.root.der)
    await register(db, { ...pkiClient, client_id: 'brief', trust_anchor_set: 'brief' })
    const presented = await issueCertificate(brief, now)
    const answer = await worker.token({ ...grant, client_id: 'brief' }, { presented })
    expect(answer.json.expires_in).toBe(100)
  })
})

it('the mTLS host is the one in the metadata', async () => {
  const { json } = await worker.ask({
    url: `${ordinaryHost}/.well-known/oauth-authorization-server`,
  })
  expect(json.mtls_endpoint_aliases).toEqual({
    token_endpoint: `${mtlsHost}/token`,
    introspection_endpoint: `${mtlsHost}/introspect`,
    revocation_endpoint: `${mtlsHost}/revoke`,
  })
})

describe.each(signingAlgs)('a deployment that signs with %s', (alg) => {
  it('generates a key, issues a token and publishes the key', async () => {
    await db.prepare('DELETE FROM signing_keys').run()
    const signing = startDeployment({ SIGNING_ALG: alg })
    const answer = await signing.token({ ...grant, client_id: 'acme' }, { presented: acme })
    expect(outcome(answer)).toBe('200 ok token_issued')
    expect((await verified(answer, signing)).protectedHeader.alg).toBe(alg)
  })
})
