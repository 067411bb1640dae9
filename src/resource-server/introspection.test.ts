import { beforeAll, describe, expect, it } from 'vitest'
import { edgeCf, type Presented } from '../../test/support/worker/edge-cf.ts'
import { selfSignedCertificate } from '../../test/support/worker/partners.ts'
import { audience, goodClaims, issuer, now } from '../../test/support/worker/test-issuer.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { thumbprint } from '../x509/index.ts'
import { introspectionCheck } from './introspection.ts'
import type { VerifierOptions } from './options.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

const endpoint = 'https://mtls.as.example.com/introspect'
const token = {} as VerifiedToken

/** The outcome of a response, and the requests that were sent. */
async function ask(answer: () => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = []
  const check = introspectionCheck({
    ...{ endpoint, clientId: 'orders-api' },
    fetch: async (url, init) => {
      asked.push({ url, init })
      return answer()
    },
  })
  const outcome = await check(token, 'the.token').catch((fault: Error) => fault.message)
  return { outcome, asked }
}

describe('introspection', () => {
  const cases: [name: string, answer: () => Response | Promise<Response>, outcome: unknown][] = [
    ['active', () => Response.json({ active: true, sub: 'partner' }), true],
    ['revoked', () => Response.json({ active: false }), false],
    [
      'as text',
      () => Response.json({ active: 'true' }),
      `${endpoint}: not an introspection response`,
    ],
    ['nothing', () => Response.json({}), `${endpoint}: not an introspection response`],
    ['a list', () => Response.json([true]), `${endpoint}: not an introspection response`],
    ['refused', () => Response.json({}, { status: 401 }), `${endpoint} answered 401`],
    ['down', () => Promise.reject(new Error('down')), `${endpoint}: Error: down`],
  ]
  it.each(cases)('%s', async (_, answer, outcome) => {
    expect((await ask(answer)).outcome).toBe(outcome)
  })

  it('sends the request of RFC 7662 section 2.1, with the client_id of this API', async () => {
    const { asked } = await ask(() => Response.json({ active: true }))
    expect(asked).toEqual([
      {
        url: endpoint,
        init: expect.objectContaining({
          ...{ method: 'POST', redirect: 'manual' },
          body: 'token=the.token&token_type_hint=access_token&client_id=orders-api',
          headers: expect.objectContaining({
            'content-type': 'application/x-www-form-urlencoded',
          }),
        }),
      },
    ])
  })

  it('requires https', () => {
    const http = { endpoint: 'http://as.example.com/introspect', clientId: 'a', fetch }
    expect(() => introspectionCheck(http)).toThrow('want an endpoint with https')
  })
})

describe('opaque tokens', () => {
  let own: Presented
  let claims: Record<string, unknown>
  beforeAll(async () => {
    own = await selfSignedCertificate(now)
    claims = { active: true, ...goodClaims(await thumbprint(own.leaf)) }
  })

  const outcome = async (
    answer: () => Response,
    presented: Presented | null = own,
    text = 'opaque',
  ) => {
    const verify = createVerifier({
      ...{ issuer, audience, source: 'cloudflare', now: () => now },
      introspection: { endpoint, clientId: 'orders-api', fetch: async () => answer() },
    })
    const headers = { authorization: `Bearer ${text}` }
    const verified = await verify(new Request(audience, { headers, cf: await edgeCf(presented) }))
    if (verified.ok) return verified.value.clientId
    return `${refusalResponse(verified.error).status} ${verified.error.code}`
  }

  const cases: [name: string, change: object, expected: string][] = [
    ['of its partner', {}, 'partner'],
    ['revoked', { active: false }, '401 token_inactive'],
    ['of another issuer', { iss: 'https://other.example' }, '401 token_issuer'],
    ['for another API', { aud: 'https://other.example' }, '401 token_audience'],
    ['expired, with any answer of its server', { exp: now - 60 }, '401 token_expired'],
    ['bound in two ways', { cnf: { 'x5t#S256': 'A', jkt: 'B' } }, '401 token_confirmation'],
    ['unbound', { cnf: undefined }, '401 token_unbound'],
    ['of the expected type', { token_type: 'Bearer' }, 'partner'],
    ['of the expected type in lower case', { token_type: 'bearer' }, 'partner'],
    ['of another type', { token_type: 'DPoP' }, '401 token_type'],
    ['of no type', { token_type: null }, '401 token_type'],
    ['that is an access token', { typ: 'at+jwt', token_use: 'access_token' }, 'partner'],
    ['that is an access token by other names', { typ: 'Bearer', token_use: 'access' }, 'partner'],
    ['that is a refresh token', { typ: 'Refresh' }, '401 token_type'],
    ['that is an ID token', { token_use: 'id' }, '401 token_type'],
  ]
  it.each(cases)('%s', async (_, change, expected) => {
    expect(await outcome(() => Response.json({ ...claims, ...change }))).toBe(expected)
  })

  it('sent by another client', async () => {
    const good = () => Response.json(claims)
    expect(await outcome(good, await selfSignedCertificate(now))).toBe('401 binding_mismatch')
    expect(await outcome(good, null)).toBe('401 binding_certificate_missing')
  })

  it('whose server is down', async () => {
    const down = () => new Response(null, { status: 503 })
    expect(await outcome(down)).toBe('503 introspection_unavailable')
  })

  it('of 1 MB are not introspected', async () => {
    const good = () => Response.json(claims)
    expect(await outcome(good, own, 'a'.repeat(1 << 20))).toBe('401 token_too_large')
  })

  it('need an endpoint with https', () => {
    const introspection = { endpoint: 'http://as.example.com', clientId: 'a', fetch }
    const options = { issuer, audience, source: 'cloudflare', introspection } as const
    expect(() => createVerifier(options)).toThrow('introspection: want an endpoint with https')
  })

  it.each([0, 1.5, Number.NaN])('need a whole number of unknown callers: %s', (strangers) => {
    const introspection = { endpoint, clientId: 'a', fetch, strangers }
    const options = { issuer, audience, source: 'cloudflare', introspection } as const
    expect(() => createVerifier(options)).toThrow(
      'introspection.strangers: want a whole number of at least 1',
    )
  })

  describe('as requests to their server', () => {
    /** One verifier, and the tokens it introspected; those that begin with `good` are active. */
    function asking(change: Partial<VerifierOptions> = {}, strangers = 2) {
      const self = { time: now, asked: [] as string[] }
      const verify = createVerifier({
        ...{ issuer, audience, source: 'cloudflare', now: () => self.time },
        introspection: {
          ...{ endpoint, clientId: 'orders-api', strangers },
          fetch: async (_, { body }) => {
            const text = new URLSearchParams(String(body)).get('token') ?? ''
            self.asked.push(text)
            const { cnf: _cnf, ...unbound } = claims
            if (text.startsWith('good')) return Response.json(claims)
            return Response.json(text.startsWith('unbound') ? unbound : { active: false })
          },
        },
        ...change,
      })
      const ask = async (text: string, presented: Presented | null) => {
        const headers = { authorization: `Bearer ${text}` }
        const request = new Request(audience, { headers, cf: await edgeCf(presented) })
        const verified = await verify(request)
        return verified.ok ? 'ok' : verified.error.code
      }
      return { self, ask }
    }

    it('are not sent for a caller without a certificate', async () => {
      const { self, ask } = asking()
      expect(await ask('good', null)).toBe('binding_certificate_missing')
      expect(self.asked).toEqual([])
    })

    it('are sent once in five seconds for an inactive token', async () => {
      const { self, ask } = asking()
      for (let i = 0; i < 5; i++) expect(await ask('garbage', own)).toBe('token_inactive')
      expect(self.asked).toEqual(['garbage'])
      self.time += 5
      expect(await ask('garbage', own)).toBe('token_inactive')
      expect(self.asked).toEqual(['garbage', 'garbage'])
    })

    it('are sent each time for an active token', async () => {
      const { self, ask } = asking()
      for (let i = 0; i < 5; i++) expect(await ask('good', own)).toBe('ok')
      expect(self.asked).toHaveLength(5)
    })

    it('are limited for unknown callers, not for callers with a recent valid token', async () => {
      const { self, ask } = asking()
      const unknown = await selfSignedCertificate(now)
      expect(await ask('good', own)).toBe('ok')
      // Only a token bound to this certificate makes the caller known.
      expect(await ask('good', unknown)).toBe('binding_mismatch')
      expect(await ask('garbage-1', unknown)).toBe('introspection_unavailable')
      expect(await ask('garbage-2', unknown)).toBe('introspection_unavailable')
      expect(self.asked).toEqual(['good', 'good'])
      expect(await ask('good', own)).toBe('ok')
      self.time += 10
      expect(await ask('garbage-1', unknown)).toBe('token_inactive')
      self.time += 3600
      expect(await ask('garbage-2', own)).toBe('token_inactive')
      expect(await ask('garbage-3', own)).toBe('token_inactive')
      expect(await ask('good', own)).toBe('introspection_unavailable')
    })

    it('identify an unbound token by its hash, if unbound tokens are accepted', async () => {
      const { ask } = asking({ requireBound: false }, 1)
      for (let i = 0; i < 3; i++) expect(await ask('unbound', null)).toBe('ok')
      expect(await ask('unbound-2', null)).toBe('introspection_unavailable')
    })
  })
})
