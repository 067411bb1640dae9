import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { toLogText } from '../../src/http/log.ts'
import { freshDatabase, unreliable } from '../support/worker/database.ts'
import {
  jwksOf,
  type PartnerCertificate,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  mtlsHost,
  startOfTime as now,
  ordinaryHost,
  outcome,
  startDeployment,
} from '../support/worker/start-deployment.ts'

let partner: PartnerCertificate
beforeAll(async () => {
  const db = await freshDatabase()
  partner = await selfSignedCertificate(now)
  await register(db, selfSignedClient(jwksOf(partner)))
})

const form = { grant_type: 'client_credentials', client_id: 'solo' }
const wellKnown = '/.well-known/oauth-authorization-server'

describe('public documents', () => {
  const worker = startDeployment()

  it('serve the metadata', async () => {
    const answer = await worker.ask({ url: `${ordinaryHost}${wellKnown}` })
    expect(outcome(answer)).toBe('200 ok answered')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600')
    expect(answer.json).toEqual({
      issuer: ordinaryHost,
      token_endpoint: `${ordinaryHost}/token`,
      jwks_uri: `${ordinaryHost}/jwks`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['tls_client_auth', 'self_signed_tls_client_auth'],
      introspection_endpoint: `${ordinaryHost}/introspect`,
      introspection_endpoint_auth_methods_supported: [
        'tls_client_auth',
        'self_signed_tls_client_auth',
      ],
      introspection_signing_alg_values_supported: ['ES256', 'PS256', 'RS256', 'EdDSA'],
      revocation_endpoint: `${ordinaryHost}/revoke`,
      revocation_endpoint_auth_methods_supported: [
        'tls_client_auth',
        'self_signed_tls_client_auth',
      ],
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: {
        token_endpoint: `${mtlsHost}/token`,
        introspection_endpoint: `${mtlsHost}/introspect`,
        revocation_endpoint: `${mtlsHost}/revoke`,
      },
    })
  })

  it('serve the key set with public members only', async () => {
    const answer = await worker.ask({ url: `${ordinaryHost}/jwks` })
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(answer.json).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.any(String),
          y: expect.any(String),
          kid: expect.any(String),
          alg: 'ES256',
          use: 'sig',
        },
      ],
    })
  })

  it('serve the health', async () => {
    const answer = await worker.ask({ url: `${ordinaryHost}/health` })
    expect([outcome(answer), answer.json]).toEqual(['200 ok answered', { status: 'ok' }])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it.each([wellKnown, '/jwks', '/health'])('HEAD %s', async (path) => {
    const answer = await worker.ask({ url: `${ordinaryHost}${path}`, method: 'HEAD' })
    expect([answer.status, answer.text]).toEqual([200, ''])
  })

  it.each([wellKnown, '/jwks', '/health'])('%s also on the mTLS host', async (path) => {
    const one = await worker.ask({ url: `${ordinaryHost}${path}` })
    const other = await worker.ask({ url: `${mtlsHost}${path}` })
    expect(other.text).toBe(one.text)
  })
})

describe('an issuer with a path', () => {
  const issuer = `${ordinaryHost}/tenants/acme`
  const worker = startDeployment({ ISSUER: issuer })

  it('serves below the path, on both hosts', async () => {
    for (const host of [ordinaryHost, mtlsHost]) {
      const url = `${host}/tenants/acme/token`
      const answer = await worker.token(form, { presented: partner, url })
      expect(outcome(answer)).toBe('200 ok token_issued')
      expect((await worker.ask({ url: `${host}/tenants/acme/jwks` })).status).toBe(200)
      expect((await worker.ask({ url: `${host}/tenants/acme/health` })).status).toBe(200)
    }
  })

  it('has its metadata where RFC 8414 section 3.1 puts it', async () => {
    const answer = await worker.ask({ url: `${ordinaryHost}${wellKnown}/tenants/acme` })
    expect(answer.json).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      mtls_endpoint_aliases: { token_endpoint: `${mtlsHost}/tenants/acme/token` },
    })
    const short = await worker.ask({ url: `${ordinaryHost}${wellKnown}` })
    expect(short.text).toBe(answer.text)
  })

  it.each(['/token', '/jwks', '/tenants/token', '/tenants/acme', '/tenants/acme/token/'])(
    'does not serve %s',
    async (path) => {
      const answer = await worker.token(form, { presented: partner, url: `${mtlsHost}${path}` })
      expect(answer.status).toBe(404)
    },
  )
})

it.each([
  ['unset', undefined],
  ['empty', ''],
  ['the same', ordinaryHost],
])('one host for both purposes has no aliases: MTLS_ORIGIN %s', async (_, origin) => {
  const worker = startDeployment({ MTLS_ORIGIN: origin })
  const { json } = await worker.ask({ url: `${ordinaryHost}${wellKnown}` })
  expect(json).not.toHaveProperty('mtls_endpoint_aliases')
  const url = `${ordinaryHost}/token`
  expect((await worker.token(form, { presented: partner, url })).status).toBe(200)
  expect((await worker.token(form, { presented: partner })).status).toBe(421)
})

it('other settings are in the metadata and the token', async () => {
  const worker = startDeployment({
    TOKEN_TTL: '60',
    SCOPES_SUPPORTED: 'read write',
    SERVICE_DOCUMENTATION: 'https://docs.example.com',
  })
  const { json } = await worker.ask({ url: `${ordinaryHost}${wellKnown}` })
  expect(json).toMatchObject({
    scopes_supported: ['read', 'write'],
    service_documentation: 'https://docs.example.com',
  })
  expect((await worker.token(form, { presented: partner })).json.expires_in).toBe(60)
})

describe('an invalid configuration', () => {
  const secret = 'a-secret-of-the-wrong-length'
  const wrong = {
    ISSUER: 'http://as.example.com',
    TOKEN_TTL: '5',
    KEY_ENCRYPTION_KEY: secret,
    KV: undefined,
    RATE_LIMIT_CLIENT: undefined,
  }
  const problems = [
    expect.stringMatching(/^ISSUER: /),
    expect.stringMatching(/^KEY_ENCRYPTION_KEY: /),
    expect.stringMatching(/^TOKEN_TTL: /),
    'KV: the binding is missing in wrangler.toml',
    'RATE_LIMIT_CLIENT: the binding is missing in wrangler.toml',
  ]

  it.each([
    ['POST', `${mtlsHost}/token`],
    ['GET', `${ordinaryHost}/jwks`],
    ['GET', `${ordinaryHost}/health`],
    ['GET', `${ordinaryHost}${wellKnown}`],
    ['DELETE', `${ordinaryHost}/nothing`],
    ['GET', 'https://other.example.com/'],
    ['GET', 'http://as.example.com/'],
  ])('answers everything with 503: %s %s', async (method, url) => {
    const answer = await startDeployment(wrong).ask({ method, url })
    expect(outcome(answer)).toBe('503 temporarily_unavailable configuration_invalid')
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(answer.json.error_description).toBe('the service cannot answer now, try again later')
    expect(answer.text).not.toMatch(/ISSUER|TOKEN_TTL|KEY_ENCRYPTION/)
  })

  it('logs every problem, and no secret', async () => {
    const { line } = await startDeployment(wrong).ask({ url: `${ordinaryHost}/health` })
    expect(line).toMatchObject({ level: 'error', evidence: { problems } })
    expect(toLogText(line)).not.toContain(secret)
  })

  it('logs the problems in the scheduled work', async () => {
    const worker = startDeployment(wrong)
    await worker.maintain()
    expect(worker.lines).toEqual([
      { level: 'error', code: 'configuration_invalid', evidence: { problems } },
    ])
  })

  it.each([['DB'], ['KV'], ['RATE_LIMIT_ADDRESS'], ['RATE_LIMIT_CLIENT']])(
    'names the binding that is missing: %s',
    async (name) => {
      for (const missing of [undefined, null, 'x']) {
        const worker = startDeployment({ [name]: missing })
        const { line } = await worker.ask({ url: `${ordinaryHost}/health` })
        expect(line.evidence).toEqual({
          problems: [`${name}: the binding is missing in wrangler.toml`],
        })
      }
    },
  )
})

describe('the scheduled work', () => {
  it('maintains the keys', async () => {
    const worker = startDeployment()
    await worker.maintain()
    const { json } = await worker.ask({ url: `${ordinaryHost}/jwks` })
    expect(json.keys).toHaveLength(1)
  })

  it('fails and logs if D1 fails', async () => {
    const d1 = unreliable(env.DB)
    d1.down = true
    const worker = startDeployment({ DB: d1.db })
    await expect(worker.maintain()).rejects.toThrow('D1 did not answer')
    expect(worker.lines.slice(1)).toMatchObject([{ level: 'error', code: 'store_unavailable' }])
  })
})
