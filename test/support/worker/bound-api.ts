import { expect } from 'vitest'
import type { VerifierOptions } from '../../../src/resource-server/options.ts'
import type { BoundTokenRefusal } from '../../../src/resource-server/refusal.ts'
import { refusalResponse } from '../../../src/resource-server/refusal-response.ts'
import { createVerifier } from '../../../src/resource-server/verifier.ts'
import { thumbprint } from '../../../src/x509/index.ts'
import { edgeCf, type Presented } from './edge-cf.ts'
import { selfSignedCertificate } from './partners.ts'
import {
  audience,
  goodClaims,
  type IssuerKey,
  issuer,
  issuerKey,
  issuerWeb,
  now,
  signToken,
} from './test-issuer.ts'

/** The certificate that valid tokens are bound to, another certificate, and the issuer. */
export const own = await selfSignedCertificate(now)
export const other = await selfSignedCertificate(now)
export const bound = await thumbprint(own.leaf)
export const key: IssuerKey = await issuerKey('k1')
export const web = issuerWeb([key.jwk])

/** A request to an API. The defaults are valid. */
export type Ask = {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly url?: string
  readonly method?: string
  readonly body?: BodyInit
  readonly presented?: Presented | null
}

/** The API's verifier options. */
export const options = (change: Partial<VerifierOptions> = {}): VerifierOptions => ({
  issuer,
  audience,
  source: 'cloudflare',
  fetch: web.fetch,
  now: () => now,
  ...change,
})

/** A valid token with changes. */
export const good = (claims: object = {}, header: object = {}): Promise<string> =>
  signToken(key, { ...goodClaims(bound), ...claims }, { ...header })

/** The outcome of one request: `ok`, or status, error code and refusal code. */
export async function outcome(ask: Ask, change: Partial<VerifierOptions> = {}) {
  const refusals: BoundTokenRefusal[] = []
  const verify = createVerifier(options({ onRefusal: (each) => refusals.push(each), ...change }))
  const { url = `${audience}/orders`, method = 'GET', body, presented = own } = ask
  const token = ask.token === undefined ? await good() : ask.token
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const request = new Request(url, {
    method,
    headers: { ...authorization, ...ask.headers },
    cf: await edgeCf(presented),
    ...(body === undefined ? {} : { body }),
  })
  const verified = await verify(request)
  if (verified.ok) return 'ok'
  expect(refusals).toEqual([verified.error])
  const response = refusalResponse(verified.error)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const answer = (await response.json()) as { error?: string }
  const challenge = response.headers.get('www-authenticate') ?? ''
  expect(challenge).not.toContain(bound)
  // Body and challenge have the same error code, and nothing about the cause.
  expect(/error="([a-z_]+)"/.exec(challenge)?.[1] ?? answer.error).toBe(answer.error)
  if (response.status !== 503 && response.status !== 425)
    expect(challenge).toMatch(/^Bearer realm="api"(, \w+="[^"\\]*")*$/)
  return `${response.status} ${answer.error ?? 'no error code'} ${verified.error.code}`
}
