import { describe, expect, it } from 'vitest'
import { apiResource, pkiClient, registrationOf } from '../../test/support/worker/partners.ts'
import { authenticatedAs } from '../authentication/authenticated-client.ts'
import { ok } from '../encoding/result.ts'
import { parseForm } from '../oauth/form.ts'
import { grantTypes } from '../oauth/grant-types.ts'
import { decideGrant, grantModules } from './decide-grant.ts'
import type { Grant, GrantModules } from './grant.ts'
import { grantCache } from './grant-cache.ts'

const client = authenticatedAs(
  { ...registrationOf(pkiClient), version: 1, enabled: true, trustAnchors: null },
  { method: 'tls_client_auth', validUntil: 0, certificate: { thumbprint: 'x' } },
)

function requestOf(text: string, grant_types = client.client.grant_types) {
  const form = parseForm(text)
  if (!form.ok) throw new Error('not a form')
  return {
    client: { ...client, client: { ...client.client, grant_types } },
    text,
    form: form.value,
  }
}

const text = 'grant_type=client_credentials'
const grant: Grant = { scope: [], resources: [apiResource] }

it('has a module of the same name for each grant type', () => {
  expect(grantTypes.map((type) => grantModules[type].grantType)).toEqual(grantTypes)
})

describe('a client', () => {
  it('is granted a grant type of its registration', () => {
    expect(decideGrant(requestOf(text), grantCache())).toMatchObject({ ok: true })
  })

  it('is refused a grant type outside of its registration, even with a cached grant', () => {
    const cache = grantCache()
    const request = requestOf(text)
    decideGrant(request, cache)
    expect(decideGrant(requestOf(text, []), cache)).toEqual({
      ok: false,
      error: {
        code: 'grant_type_not_allowed',
        clientId: 'acme',
        grantType: 'client_credentials',
      },
    })
  })
})

describe('a decision', () => {
  const counting = (cacheable: boolean) => {
    let decisions = 0
    const decide = () => {
      decisions += 1
      return cacheable ? ok(grant) : Promise.resolve(ok(grant))
    }
    const module = { grantType: 'client_credentials', parameters: [], cacheable, decide }
    return {
      modules: { client_credentials: module } as unknown as GrantModules,
      decisions: () => decisions,
    }
  }

  it('that is cacheable is made once for the same text of the same client', () => {
    const { modules, decisions } = counting(true)
    const cache = grantCache()
    const request = requestOf(text)
    const given = [request, request].map((each) => decideGrant(each, cache, modules))
    expect(given).toEqual([ok(grant), ok(grant)])
    expect(decisions()).toBe(1)
    decideGrant(requestOf(`${text}&x=1`), cache, modules)
    decideGrant(requestOf(text), cache, modules) // another object is another client
    expect(decisions()).toBe(3)
  })

  it('that is valid once is made for every request, and may be a promise', async () => {
    const { modules, decisions } = counting(false)
    const cache = grantCache()
    const request = requestOf(text)
    cache.store(text, request.form, request.client.client, { ...grant, scope: ['other'] })
    const given = [request, request].map((each) => decideGrant(each, cache, modules))
    expect(given[0]).toBeInstanceOf(Promise)
    expect(await Promise.all(given)).toEqual([ok(grant), ok(grant)])
    expect(decisions()).toBe(2)
  })
})
