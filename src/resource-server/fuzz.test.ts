import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bound, good, options, own } from '../../test/support/worker/bound-api.ts'
import { edgeCf } from '../../test/support/worker/edge-cf.ts'
import { audience, forgedToken, goodClaims } from '../../test/support/worker/test-issuer.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

const cf = await edgeCf(own)
const verify = createVerifier(options())

/** The status of a refusal; 200 if the handler answers. */
async function status(authorization: string): Promise<number> {
  const verified = await verify(new Request(audience, { headers: { authorization }, cf }))
  return verified.ok ? 200 : refusalResponse(verified.error).status
}

const runs = { numRuns: 200 }

describe('every input gets a response of RFC 6750', () => {
  it('as an Authorization header', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary-ascii' }), async (text) => {
        const visible = text.replaceAll(/[^\x20-\x7e]/g, '')
        expect([400, 401]).toContain(await status(`Bearer ${visible}`))
        expect([400, 401]).toContain(await status(visible))
      }),
      runs,
    ))

  it('as the header of a token', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (header) => {
        for (const whole of [header, { typ: 'at+jwt', alg: 'ES256', kid: 'k1', ...header }]) {
          expect(await status(`Bearer ${forgedToken(whole, goodClaims(bound), 'AAAA')}`)).toBe(401)
        }
      }),
      runs,
    ))

  const names = ['iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'client_id', 'jti', 'scope', 'cnf']
  it.each(names)('as the claim %s of a signed token', (name) =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const token = await good({ [name]: value })
        const verified = await status(`Bearer ${token}`)
        // What is good by chance is a text where any will do, and a time long past.
        const harmless = ['nbf', 'sub', 'client_id', 'jti', 'scope', 'iat', 'exp'].includes(name)
        expect(harmless ? [200, 401] : [401]).toContain(verified)
      }),
      { numRuns: 50 },
    ),
  )
})
