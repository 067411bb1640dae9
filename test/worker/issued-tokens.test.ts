import { env } from 'cloudflare:workers'
import type { D1Database } from '@cloudflare/workers-types'
import { createLocalJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type UnreliableDatabase, unreliable } from '../support/worker/database.ts'
import {
  apiResource,
  jwksOf,
  otherResource,
  type PartnerCertificate,
  register,
  selfSignedCertificate,
  selfSignedClient,
  setEnabled,
} from '../support/worker/partners.ts'
import {
  type Answer,
  mtlsHost,
  ordinaryHost,
  outcome,
  startDeployment,
  startOfTime,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

let db: D1Database
let d1: UnreliableDatabase
let worker: TestDeployment
let partner: PartnerCertificate
let api: PartnerCertificate

const formats = ['jwt', 'opaque'] as const

beforeEach(async () => {
  for (const { name } of (await env.KV.list()).keys) await env.KV.delete(name)
  db = await freshDatabase()
  d1 = unreliable(db)
  partner = await selfSignedCertificate(startOfTime)
  api = await selfSignedCertificate(startOfTime, { subject: 'CN=api' })
  const solo = selfSignedClient(jwksOf(partner))
  await register(db, { ...solo, client_id: 'jwt' })
  await register(db, { ...solo, client_id: 'opaque', access_token_format: 'opaque' })
  const asking = { ...selfSignedClient(jwksOf(api)), resources: [apiResource] }
  await register(db, { ...asking, client_id: 'api', introspection_resources: [apiResource] })
  await register(db, { ...asking, client_id: 'other', introspection_resources: [otherResource] })
  await register(db, { ...asking, client_id: 'no-apis' })
  worker = startDeployment({ DB: d1.db })
})

const tokenOf = async (clientId: string, more: Record<string, string> = {}): Promise<string> => {
  const form = { grant_type: 'client_credentials', client_id: clientId, ...more }
  const answer = await worker.token(form, { presented: partner })
  expect(outcome(answer)).toBe('200 ok token_issued')
  return String(answer.json.access_token)
}

const post = (
  path: string,
  form: Record<string, string>,
  presented: PartnerCertificate,
  headers: Record<string, string> = {},
): Promise<Answer> => worker.token(form, { url: `${mtlsHost}/${path}`, presented, headers })

const introspect = (token: string, by = 'api', headers: Record<string, string> = {}) =>
  post('introspect', { token, client_id: by }, api, headers)

const revoke = (token: string, by: string, more: Record<string, string> = {}) =>
  post('revoke', { token, client_id: by, ...more }, partner)

const x5t = async ({ leaf }: PartnerCertificate): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', leaf)).toString('base64url')

/** The answer for a token that is not active, and the log evidence. */
const inactive = (answer: Answer) => {
  expect(answer.status).toBe(200)
  expect(answer.text).toBe('{"active":false}')
  return answer.line.why
}

describe.each(formats)('a token of the format %s', (format) => {
  it('is active for an API in its audience, with all its claims', async () => {
    const token = await tokenOf(format)
    expect(format === 'opaque').toBe(/^cbt_[\w-]{43}$/.test(token))
    const answer = await introspect(token)
    expect(answer.json).toEqual({
      ...{ active: true, token_type: 'Bearer', iss: ordinaryHost, sub: format, client_id: format },
      ...{ aud: apiResource, scope: 'read write', iat: startOfTime, exp: startOfTime + 300 },
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
      cnf: { 'x5t#S256': await x5t(partner) },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.line).toMatchObject({
      code: 'token_introspected',
      client_id: 'api',
      active: true,
    })
  })

  it('with several audiences shows each API only its own', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: format })
    for (const resource of [otherResource, apiResource]) form.append('resource', resource)
    const issued = await worker.token(form.toString(), { presented: partner })
    const token = String(issued.json.access_token)
    expect((await introspect(token)).json.aud).toBe(apiResource)
    expect((await introspect(token, 'other')).json.aud).toBe(otherResource)
  })

  it('is inactive for an API that is not in its audience', async () => {
    expect(inactive(await introspect(await tokenOf(format), 'other'))).toBe('another_audience')
  })

  it('is active until exp', async () => {
    const token = await tokenOf(format)
    worker.now = startOfTime + 299
    expect((await introspect(token)).json.active).toBe(true)
    worker.now = startOfTime + 300
    expect((await introspect(token)).text).toBe('{"active":false}')
  })

  it('is inactive after its revocation, which may be repeated; another token stays active', async () => {
    const [token, other] = [await tokenOf(format), await tokenOf(format)]
    const answer = await revoke(token, format, { token_type_hint: 'refresh_token' })
    expect(outcome(answer)).toBe('200 ok token_revoked')
    expect(answer.line.jti).toMatch(/^[\da-f-]{36}$/)
    expect((await introspect(token)).text).toBe('{"active":false}')
    expect(outcome(await revoke(token, format))).toBe('200 ok token_revoked')
    expect((await introspect(other)).json.active).toBe(true)
  })

  it('cannot be revoked by another client', async () => {
    const token = await tokenOf(format)
    const foreign = formats.find((one) => one !== format) ?? ''
    const refused = '400 invalid_grant token_of_another_client'
    expect(outcome(await revoke(token, foreign))).toBe(refused)
    expect((await introspect(token)).json.active).toBe(true)
  })

  it('is inactive at once while its client is disabled', async () => {
    const token = await tokenOf(format)
    await setEnabled(db, format, false)
    expect(inactive(await introspect(token))).toBe('client_disabled')
    await setEnabled(db, format, true)
    expect((await introspect(token)).json.active).toBe(true)
  })

  it('is inactive after all tokens of its client were revoked; later tokens are active', async () => {
    const token = await tokenOf(format)
    await db.prepare('UPDATE clients SET tokens_revoked_before = ?1').bind(startOfTime).run()
    expect(inactive(await introspect(token))).toBe('client_tokens_revoked')
    worker.now = startOfTime + 1
    expect((await introspect(await tokenOf(format))).json.active).toBe(true)
  })

  it('is inactive after its client was removed', async () => {
    const token = await tokenOf(format)
    await db.prepare('DELETE FROM clients WHERE client_id = ?1').bind(format).run()
    expect(inactive(await introspect(token))).toBe('client_removed')
  })

  it('is neither active nor inactive while D1 does not answer', async () => {
    const token = await tokenOf(format)
    await introspect(token)
    await revoke('x', format)
    d1.down = true
    const unavailable = '503 temporarily_unavailable store_unavailable'
    for (const answer of [await introspect(token), await revoke(token, format)]) {
      expect(outcome(answer)).toBe(unavailable)
      expect(answer.headers.get('retry-after')).toBe('2')
    }
  })

  it('is deleted from D1 after it expired', async () => {
    const token = await tokenOf(format)
    if (format === 'jwt') await revoke(token, format)
    const table = format === 'jwt' ? 'revoked_tokens' : 'opaque_tokens'
    const rows = () => db.prepare(`SELECT count(*) AS n FROM ${table}`).first('n')
    worker.now = startOfTime + 299
    await worker.maintain()
    expect(await rows()).toBe(1)
    worker.now = startOfTime + 300
    await worker.maintain()
    expect(await rows()).toBe(0)
  })
})

describe('an opaque token', () => {
  it('is stored by its hash, and not issued if it could not be stored', async () => {
    const token = await tokenOf('opaque')
    const row = await db.prepare('SELECT * FROM opaque_tokens').first()
    expect(JSON.stringify(row)).not.toContain(token.slice(4))
    d1.down = true
    const form = { grant_type: 'client_credentials', client_id: 'opaque' }
    expect(outcome(await worker.token(form, { presented: partner }))).toBe(
      '503 temporarily_unavailable store_unavailable',
    )
  })
})

describe('a JWT', () => {
  it('is inactive at once after its signing key was revoked', async () => {
    const token = await tokenOf('jwt')
    expect((await introspect(token)).json.active).toBe(true)
    await db
      .prepare('UPDATE signing_keys SET revoked_at = 1, iv = NULL, wrapped_private_key = NULL')
      .run()
    expect(inactive(await introspect(token))).toBe('signing_key_revoked')
  })

  it('signed with a new key of another isolate can be introspected and revoked', async () => {
    await tokenOf('jwt') // This isolate knows its keys.
    await db
      .prepare('UPDATE signing_keys SET revoked_at = 1, iv = NULL, wrapped_private_key = NULL')
      .run()
    const other = startDeployment({ DB: d1.db })
    const form = { grant_type: 'client_credentials', client_id: 'jwt' }
    const answer = await other.token(form, { presented: partner })
    const token = String(answer.json.access_token)
    expect((await introspect(token)).json.active).toBe(true)
    expect((await revoke(token, 'jwt')).line.jti).toBe(decodeJwt(token).jti)
    expect(inactive(await introspect(token))).toBe('revoked')
  })

  it.each<[name: string, change: (token: string) => string | Promise<string>]>([
    ['text that is not a token', () => 'x'],
    ['three parts that are not Base64url JSON', () => 'a.b.c'],
    ['an opaque token that was never issued', () => `cbt_${'A'.repeat(43)}`],
    ['a changed signature', (token) => `${token.slice(0, -8)}AAAAAAAA`],
    [
      'the claims of one token with the signature of another',
      async (token) => {
        const { privateKey } = await generateKeyPair('ES256')
        const [head = ''] = token.split('.')
        const header = JSON.parse(Buffer.from(head, 'base64url').toString())
        return new SignJWT(decodeJwt(token)).setProtectedHeader(header).sign(privateKey)
      },
    ],
    ['alg none', (token) => `eyJhbGciOiJub25lIn0.${token.split('.')[1]}.`],
    ['very long', () => `${'a'.repeat(5000)}.b.c`],
  ])('is inactive and cannot be revoked: %s', async (_, change) => {
    const token = await change(await tokenOf('jwt'))
    expect(inactive(await introspect(token))).toBe('not_a_token_of_ours')
    const revoked = await revoke(token, 'jwt')
    expect(outcome(revoked)).toBe('200 ok token_revoked')
    expect(revoked.line.jti).toBeNull()
  })
})

describe('refuses', () => {
  it.each(['introspect', 'revoke'])('at /%s: an unauthenticated caller', async (path) => {
    const form = { token: 'x', client_id: 'api' }
    expect(outcome(await post(path, form, partner))).toBe('401 invalid_client key_not_registered')
    const { client_id: _, ...unnamed } = form
    expect(outcome(await post(path, unnamed, api))).toBe('401 invalid_client client_id_missing')
  })

  it.each(['introspect', 'revoke'])('at /%s: a malformed request', async (path) => {
    const url = `${mtlsHost}/${path}`
    const named = { client_id: 'api' }
    const outcomes = [
      await post(path, named, api),
      await post(path, { ...named, token: '' }, api),
      await post(path, { ...named, token: 'a'.repeat(1 << 20) }, api),
      await worker.token('client_id=api&token=a&token=b', { url, presented: api }),
      await worker.token({ ...named, token: 'x' }, { url: `${url}?token=x`, presented: api }),
      await worker.ask({ url }),
    ].map(outcome)
    expect(outcomes).toEqual([
      '400 invalid_request token_missing',
      '400 invalid_request token_missing',
      '413 invalid_request body_too_large',
      '400 invalid_request parameter_repeated',
      '400 invalid_request query_present',
      '405 invalid_request method_not_allowed',
    ])
  })

  it('introspection for a client that is not registered for it, regardless of the token', async () => {
    const refused = '403 access_denied introspection_not_allowed'
    for (const token of ['x', await tokenOf('jwt'), await tokenOf('opaque')]) {
      expect(outcome(await introspect(token, 'no-apis'))).toBe(refused)
    }
  })

  it('tokens for a client that is registered for introspection only; introspection succeeds', async () => {
    const only = { ...selfSignedClient(jwksOf(api)), resources: [], scope: '' }
    await register(db, { ...only, client_id: 'only', introspection_resources: [apiResource] })
    expect((await introspect(await tokenOf('jwt'), 'only')).json.active).toBe(true)
    const form = { grant_type: 'client_credentials', client_id: 'only' }
    expect(outcome(await worker.token(form, { presented: api }))).toBe(
      '400 unauthorized_client tokens_not_allowed',
    )
  })

  it('introspection immediately after the permission was removed', async () => {
    const token = await tokenOf('jwt')
    expect((await introspect(token)).json.active).toBe(true)
    await db.prepare(`UPDATE clients SET introspection_resources = '[]'`).run()
    expect(outcome(await introspect(token))).toBe('403 access_denied introspection_not_allowed')
    await setEnabled(db, 'api', false)
    expect(outcome(await introspect(token))).toBe('401 invalid_client client_disabled')
  })
})

describe('a signed answer (RFC 9701)', () => {
  const accept = { accept: 'application/token-introspection+jwt' }
  const keys = async () => {
    const { json } = await worker.ask({ url: `${ordinaryHost}/jwks` })
    return createLocalJWKSet(json as never)
  }

  it.each([true, false])(
    'has the same content for a caller that asks for it: active %s',
    async (active) => {
      const token = active ? await tokenOf('opaque') : 'x'
      const plain = await introspect(token)
      const answer = await introspect(token, 'api', accept)
      expect(answer.headers.get('content-type')).toBe('application/token-introspection+jwt')
      const { payload, protectedHeader } = await jwtVerify(answer.text, await keys())
      expect(protectedHeader).toMatchObject({ typ: 'token-introspection+jwt', alg: 'ES256' })
      expect(payload).toEqual({
        ...{ iss: ordinaryHost, aud: 'api', iat: startOfTime },
        token_introspection: plain.json,
      })
      expect([plain, answer].map(({ headers }) => headers.get('vary'))).toEqual([
        'Accept',
        'Accept',
      ])
    },
  )
})

describe('early data', () => {
  const early = { 'early-data': '1' }

  it.each(['token', 'introspect', 'revoke', 'nowhere'])('is refused at /%s', async (path) => {
    const answer = await post(path, { client_id: 'jwt' }, partner, early)
    expect(outcome(answer)).toBe('425 invalid_request early_data')
  })

  it('is accepted where a replay does no harm', async () => {
    const answer = await worker.ask({ url: `${ordinaryHost}/jwks`, headers: early })
    expect(answer.status).toBe(200)
  })
})
