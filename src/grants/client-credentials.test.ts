import { describe, expect, it } from 'vitest'
import {
  apiResource,
  otherResource,
  pkiClient,
  registrationOf,
} from '../../test/support/worker/partners.ts'
import { authenticatedAs } from '../authentication/authenticated-client.ts'
import { parseForm } from '../oauth/form.ts'
import { decideGrant } from './decide-grant.ts'
import { grantCache } from './grant-cache.ts'

const clientOf = (change: Record<string, unknown> = {}) =>
  authenticatedAs(
    {
      ...registrationOf({ ...pkiClient, ...change }),
      version: 1,
      enabled: true,
      trustAnchors: null,
    },
    { method: 'tls_client_auth', validUntil: 0, certificate: { thumbprint: 'x' } },
  )

function grant(body: string, client = clientOf()): unknown {
  const form = parseForm(body)
  if (!form.ok) throw new Error('the form of this test is malformed')
  const granted = decideGrant({ client, text: body, form: form.value }, grantCache())
  if (granted instanceof Promise) throw new Error('this grant needs no promise')
  return granted.ok ? granted.value : granted.error
}

const base = 'grant_type=client_credentials'
const enc = encodeURIComponent
const api = enc(apiResource)
const other = enc(otherResource)
const clientId = 'acme'

describe('grants', () => {
  it.each([
    ['', ['read', 'write'], [apiResource]],
    ['&scope=', ['read', 'write'], [apiResource]],
    ['&scope=read', ['read'], [apiResource]],
    ['&scope=write+read', ['write', 'read'], [apiResource]],
    ['&scope=read+read', ['read'], [apiResource]],
    [`&resource=${other}`, ['read', 'write'], [otherResource]],
    [`&resource=${other}&resource=${api}`, ['read', 'write'], [otherResource, apiResource]],
    [`&resource=${api}&resource=${api}`, ['read', 'write'], [apiResource]],
    [`&resource=`, ['read', 'write'], [apiResource]],
    ['&audience=anything&unknown=x', ['read', 'write'], [apiResource]],
  ])('%j', (more, scope, resources) => expect(grant(base + more)).toEqual({ scope, resources }))

  it('no scope to a client that is registered for none', () => {
    expect(grant(base, clientOf({ scope: '' }))).toEqual({ scope: [], resources: [apiResource] })
  })
})

const allowed = ['read', 'write']
const resources = [apiResource, otherResource]

describe('refuses', () => {
  it.each<[form: string, refusal: Record<string, unknown>]>([
    ['', { code: 'grant_type_missing' }],
    ['grant_type=', { code: 'grant_type_missing' }],
    ['grant_type=password', { code: 'grant_type_unsupported', grantType: 'password' }],
    [
      'grant_type=Client_credentials',
      { code: 'grant_type_unsupported', grantType: 'Client_credentials' },
    ],
    ['grant_type=constructor', { code: 'grant_type_unsupported', grantType: 'constructor' }],
    [`${base}&scope=admin`, { code: 'scope_not_allowed', clientId, token: 'admin', allowed }],
    [`${base}&scope=read+admin`, { code: 'scope_not_allowed', clientId, token: 'admin', allowed }],
    [`${base}&scope=READ`, { code: 'scope_not_allowed', clientId, token: 'READ', allowed }],
    [`${base}&scope=read++write`, { code: 'scope_malformed', clientId, token: '' }],
    [
      `${base}&scope=read,write`,
      { code: 'scope_not_allowed', clientId, token: 'read,write', allowed },
    ],
    [`${base}&scope=%22`, { code: 'scope_malformed', clientId, token: '"' }],
    [`${base}&resource=api`, { code: 'resource_malformed', clientId, resource: 'api' }],
    [
      `${base}&resource=${api}&resource=${enc('https://api.example.com#x')}`,
      { code: 'resource_malformed', clientId, resource: 'https://api.example.com#x' },
    ],
    [
      `${base}${`&resource=${api}`.repeat(33)}`,
      { code: 'resource_malformed', clientId, resource: 'too many' },
    ],
    [
      `${base}&resource=${enc('https://third.example')}`,
      {
        code: 'resource_not_allowed',
        clientId,
        resource: 'https://third.example',
        allowed: resources,
      },
    ],
    [
      `${base}&resource=${api}&resource=${enc(`${apiResource}/`)}`,
      { code: 'resource_not_allowed', clientId, resource: `${apiResource}/`, allowed: resources },
    ],
    [
      `${base}&resource=${enc('HTTPS://api.example.com')}`,
      {
        code: 'resource_not_allowed',
        clientId,
        resource: 'HTTPS://api.example.com',
        allowed: resources,
      },
    ],
  ])('%.70j', (body, refusal) => expect(grant(body)).toEqual(refusal))

  it('every request of a client that is registered for introspection only', () => {
    const asking = { resources: [], introspection_resources: [apiResource] }
    const code = 'tokens_not_allowed'
    expect(grant(base, clientOf(asking))).toEqual({ code, clientId })
    expect(grant(`${base}&resource=${api}`, clientOf(asking))).toEqual({ code, clientId })
    const both = { ...asking, resources: [apiResource] }
    expect(grant(base, clientOf(both))).toMatchObject({ resources: [apiResource] })
  })

  it('a scope to a client that is registered for none', () => {
    expect(grant(`${base}&scope=read`, clientOf({ scope: '' }))).toEqual({
      code: 'scope_not_allowed',
      clientId,
      token: 'read',
      allowed: [],
    })
  })
})
