import { describe, expect, it } from 'vitest'
import type { Database } from '../storage/database.ts'
import { d1IssuedTokens } from './d1-issued-tokens.ts'

/** A database whose every batch gives these rows, one statement after the other. */
const databaseWith = (...rows: readonly (object | null)[]): Database => ({
  batch: async () => rows.map((row) => (row === null ? [] : [{ ...row }])),
})

const jwt = { format: 'jwt', jti: 'j', clientId: 'acme', kid: 'k' } as const
const caller = { enabled: 1, introspection_resources: '["https://api.example.com"]' }
const holder = { enabled: 1, tokens_revoked_before: 7 }

describe('the status of a JWT', () => {
  it.each([
    ['is read from its row', { revoked: 0, key_valid: 1 }, false, true],
    ['is revoked', { revoked: 1, key_valid: 1 }, true, true],
    ['has a key that is not valid', { revoked: 0, key_valid: 0 }, false, false],
    ['is revoked if the row is missing', null, true, false],
    ['is revoked if the columns are missing', {}, true, false],
  ])('%s', async (_, row, revoked, keyValid) => {
    const status = await d1IssuedTokens(databaseWith(caller, holder, row)).status('api', jwt)
    expect(status).toEqual({
      caller: { enabled: true, introspectionResources: ['https://api.example.com'] },
      holder: { enabled: true, tokensRevokedBefore: 7 },
      opaque: null,
      revoked,
      keyValid,
    })
  })

  it('has no caller and no holder if they do not exist', async () => {
    const status = await d1IssuedTokens(databaseWith(null, null, null)).status('api', jwt)
    expect(status).toMatchObject({ caller: null, holder: null })
  })

  it('is of disabled clients', async () => {
    const disabled = [
      { ...caller, enabled: 0 },
      { ...holder, enabled: 0 },
    ]
    const status = await d1IssuedTokens(databaseWith(...disabled, null)).status('api', jwt)
    expect(status).toMatchObject({ caller: { enabled: false }, holder: { enabled: false } })
  })
})

describe('the status of an opaque token', () => {
  const row = {
    issuer: 'https://as.example.com',
    client_id: 'acme',
    jti: 'j',
    aud: '["https://api.example.com"]',
    scope: 'read write',
    iat: 1,
    exp: 2,
    thumbprint: 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
  }
  const status = (change: object) =>
    d1IssuedTokens(databaseWith(caller, holder, { ...row, ...change })).status('api', {
      format: 'opaque',
      sha256: 'x',
    })

  it('has its claims', async () => {
    expect((await status({})).opaque).toEqual({
      iss: 'https://as.example.com',
      sub: 'acme',
      client_id: 'acme',
      aud: 'https://api.example.com',
      iat: 1,
      exp: 2,
      jti: 'j',
      scope: 'read write',
      cnf: { 'x5t#S256': row.thumbprint },
    })
  })

  it('of an unbound token without a scope has neither claim', async () => {
    const { opaque } = await status({ thumbprint: null, scope: '' })
    expect(JSON.parse(JSON.stringify(opaque))).not.toHaveProperty('cnf')
    expect(JSON.parse(JSON.stringify(opaque))).not.toHaveProperty('scope')
  })

  it('never loses a binding that cannot be read', async () => {
    await expect(status({ thumbprint: 'x' })).rejects.toThrow(TypeError)
  })

  it('has no claims if there is no audience', async () => {
    expect((await status({ aud: '[]' })).opaque).toBeNull()
  })
})
