import { decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  apiResource,
  otherResource,
  pkiClient,
  registrationOf,
} from '../../test/support/worker/partners.ts'
import { authenticatedAs } from '../authentication/authenticated-client.ts'
import type { Grant } from '../grants/grant.ts'
import type { Signer } from '../tokens/compact-jws.ts'
import type { Confirmation } from '../tokens/confirmation.ts'
import { issueToken } from './issue-token.ts'

const now = 1_800_000_000
const requestId = '0b9b5a30-8d94-4d6c-a8a5-2f37b6a7e0a1'
const thumbprint = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const issuer = {
  ...{ issuer: 'https://as.example.com', tokenTtl: 300 },
  tokens: {
    keep: async () => {
      throw new Error('a signed token is not kept')
    },
  },
}

let signer: Signer
beforeAll(async () => {
  signer = { kid: 'k', alg: 'ES256', key: (await generateKeyPair('ES256')).privateKey }
})

const issue = (
  grant: Partial<Grant> = {},
  change: Record<string, unknown> = {},
  notAfter = now + 9999,
  binding: Confirmation | null = { 'x5t#S256': thumbprint },
) =>
  issueToken(
    authenticatedAs(
      {
        ...registrationOf({ ...pkiClient, ...change }),
        version: 1,
        enabled: true,
        trustAnchors: null,
      },
      { method: 'tls_client_auth', validUntil: notAfter, certificate: { thumbprint } },
    ),
    { scope: ['read', 'write'], resources: [apiResource], ...grant },
    binding,
    issuer,
    signer,
    { now, requestId },
  )

describe('an issued token', () => {
  it('has client, audience, scope, expiry and confirmation', async () => {
    const { response, record } = await issue()
    const { access_token, ...rest } = response
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 300, scope: 'read write' })
    const claims = decodeJwt(access_token)
    expect(claims).toEqual({
      iss: 'https://as.example.com',
      sub: 'acme',
      client_id: 'acme',
      aud: apiResource,
      iat: now,
      exp: now + 300,
      jti: requestId,
      scope: 'read write',
      cnf: { 'x5t#S256': thumbprint },
    })
    expect(decodeProtectedHeader(access_token)).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'k' })
    expect(record).toEqual({
      code: 'token_issued',
      client_id: 'acme',
      jti: requestId,
      kid: 'k',
      aud: apiResource,
      scope: 'read write',
      exp: now + 300,
      bound: true,
      thumbprint,
      not_after: now + 9999,
    })
  })

  it('is unbound without a binding', async () => {
    const { response, record } = await issue({}, {}, now + 9999, null)
    expect(decodeJwt(response.access_token)).not.toHaveProperty('cnf')
    expect(record).toMatchObject({ bound: false, thumbprint })
  })

  it('has several audiences, and no scope if none is granted', async () => {
    const { response } = await issue({ scope: [], resources: [apiResource, otherResource] })
    expect(JSON.parse(JSON.stringify(response))).not.toHaveProperty('scope')
    const claims = decodeJwt(response.access_token)
    expect(claims.aud).toEqual([apiResource, otherResource])
    expect(claims).not.toHaveProperty('scope')
  })

  it.each([
    [now + 1, 1],
    [now + 299, 299],
    [now + 300, 300],
    [now + 301, 300],
  ])('never outlives what proved its client: %d', async (notAfter, expiresIn) => {
    const { response } = await issue({}, {}, notAfter)
    expect(response.expires_in).toBe(expiresIn)
    expect(decodeJwt(response.access_token).exp).toBe(now + expiresIn)
  })
})
