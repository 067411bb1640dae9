import type { RateLimit } from '@cloudflare/workers-types'
import { describe, expect, it } from 'vitest'
import type { HostEvidence } from '../authentication/host-evidence.ts'
import { verificationCache } from '../authentication/verification-cache.ts'
import { err, ok } from '../encoding/result.ts'
import { grantCache } from '../grants/grant-cache.ts'
import type { RequestContext } from '../request-context.ts'
import { type FormServices, readAuthenticatedForm, readFrequentForm } from './authenticated-form.ts'
import { rateLimitExemptions } from './rate-limit-exemptions.ts'

const now = 1_800_000_000

const contextOf = (body: string, query = ''): RequestContext => {
  const request = new Request('https://as.example.com/introspect', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return {
    now,
    requestId: 'id',
    request,
    method: 'POST',
    headers: request.headers,
    target: { protocol: 'https:', host: 'as.example.com', path: '/introspect', query },
    cf: undefined,
    address: '192.0.2.1',
    defer: () => {},
  }
}

/** Services that note in which order they are asked. */
function notingServices(change: { readsCheaply?: boolean; addressAllowed?: boolean }) {
  const { readsCheaply = true, addressAllowed = true } = change
  const asked: string[] = []
  const raw = { leaf: ':AQ==:', chain: '' }
  const source: HostEvidence = {
    readsCheaply,
    address: () => {
      asked.push('address')
      return ok('192.0.2.1')
    },
    read: () => {
      asked.push('read')
      const decode = () => {
        throw new Error('no method is asked in this test')
      }
      const presented = { kind: 'whole', raw, chainTooLarge: false, decode } as const
      return ok({ presented, authorization: null })
    },
  }
  const limiter = (name: string, success: boolean): RateLimit => ({
    limit: async () => {
      asked.push(name)
      return { success }
    },
  })
  const services: FormServices & { rateLimitExemptions: ReturnType<typeof rateLimitExemptions> } = {
    evidence: () => source,
    grantCache: grantCache(),
    rates: {
      address: limiter('address rate', addressAllowed),
      client: limiter('client rate', true),
    },
    clients: {
      get: () => null,
      load: async () => {
        asked.push('client')
        return err({ why: 'unknown' })
      },
    },
    verified: verificationCache(1000),
    crls: {} as FormServices['crls'],
    rateLimitExemptions: rateLimitExemptions(),
  }
  const presented = { kind: 'whole', raw, chainTooLarge: false, decode: () => err(null) } as never
  return { services, asked, presented }
}

const form = 'client_id=api&token=x'

describe('readAuthenticatedForm', () => {
  it('limits by address before it reads', async () => {
    const { services, asked } = notingServices({})
    const result = await readAuthenticatedForm(services, contextOf(form))
    expect(result).toEqual(err({ code: 'client_unknown', clientId: 'api' }))
    expect(asked).toEqual(['address', 'address rate', 'read', 'client'])
  })

  it('reads nothing over the rate', async () => {
    const { services, asked } = notingServices({ addressAllowed: false })
    const result = await readAuthenticatedForm(services, contextOf(form))
    expect(result).toEqual(err({ code: 'rate_limited', by: 'address', key: '192.0.2.1' }))
    expect(asked).toEqual(['address', 'address rate'])
  })

  it('refuses a query before everything else', async () => {
    const { services, asked } = notingServices({})
    const result = await readAuthenticatedForm(services, contextOf(form, '?x'))
    expect(result).toEqual(err({ code: 'query_present' }))
    expect(asked).toEqual([])
  })
})

describe('readFrequentForm', () => {
  it('reads before it limits by address, if that costs only comparisons', async () => {
    const { services, asked } = notingServices({})
    await readFrequentForm(services, contextOf(form))
    expect(asked).toEqual(['address', 'read', 'address rate', 'client'])
  })

  it('authenticates no client over the rate', async () => {
    const { services, asked } = notingServices({ addressAllowed: false })
    const result = await readFrequentForm(services, contextOf(form))
    expect(result).toEqual(err({ code: 'rate_limited', by: 'address', key: '192.0.2.1' }))
    expect(asked).toEqual(['address', 'read', 'address rate'])
  })

  it('limits by address before it reads, if reading verifies a certificate path', async () => {
    const { services, asked } = notingServices({ readsCheaply: false, addressAllowed: false })
    const result = await readFrequentForm(services, contextOf(form))
    expect(result).toEqual(err({ code: 'rate_limited', by: 'address', key: '192.0.2.1' }))
    expect(asked).toEqual(['address', 'address rate'])
  })

  it('does not limit an exempt client by address', async () => {
    const { services, asked, presented } = notingServices({ addressAllowed: false })
    services.rateLimitExemptions.add('api', presented, now - 59)
    await readFrequentForm(services, contextOf(form))
    expect(asked).toEqual(['address', 'read', 'client'])
  })

  it('limits it again after a minute', async () => {
    const { services, asked, presented } = notingServices({ addressAllowed: false })
    services.rateLimitExemptions.add('api', presented, now - 60)
    await readFrequentForm(services, contextOf(form))
    expect(asked).toEqual(['address', 'read', 'address rate'])
  })

  it('refuses a query before everything else', async () => {
    const { services, asked } = notingServices({})
    expect(await readFrequentForm(services, contextOf(form, '?x'))).toEqual(
      err({ code: 'query_present' }),
    )
    expect(asked).toEqual([])
  })
})
