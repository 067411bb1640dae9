import { describe, expect, it } from 'vitest'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { introspectionCheck } from './introspection-check.ts'

const endpoint = 'https://mtls.as.example.com/introspect'
const token = {} as VerifiedToken

/** What comes of an answer, and how it was asked for. */
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
    ['in words', () => Response.json({ active: 'true' }), `${endpoint}: no answer`],
    ['nothing', () => Response.json({}), `${endpoint}: no answer`],
    ['a list', () => Response.json([true]), `${endpoint}: no answer`],
    ['refused', () => Response.json({}, { status: 401 }), `${endpoint} answered 401`],
    ['silent', () => Promise.reject(new Error('down')), `${endpoint}: Error: down`],
  ]
  it.each(cases)('%s', async (_, answer, outcome) => {
    expect((await ask(answer)).outcome).toBe(outcome)
  })

  it('asks as RFC 7662 section 2.1 has it, with the name of this API', async () => {
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

  it('goes over https only', () => {
    const http = { endpoint: 'http://as.example.com/introspect', clientId: 'a', fetch }
    expect(() => introspectionCheck(http)).toThrow('want an https URL')
  })
})
