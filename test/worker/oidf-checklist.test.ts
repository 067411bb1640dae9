import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { freshDatabase } from '../support/worker/database.ts'
import type { Presented } from '../support/worker/edge-cf.ts'
import {
  addAnchors,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import { type Ask, mtlsHost, ordinaryHost, requestOf } from '../support/worker/start-deployment.ts'

/*
 * The checks of the OpenID Foundation's conformance suite that apply to client_credentials, one test
 * a row, against the Worker as it is deployed. Row 11 (TLS versions and ciphers) is in test/e2e/tls-versions.test.ts, over real
 * TLS; rows 26 to 28 concern resource servers, row 29 is not a check.
 */

let client1: PartnerCertificate
let client2: PartnerCertificate

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {}) // the log lines
  const db = await freshDatabase()
  for (const { name } of (await env.KV.list()).keys) await env.KV.delete(name)
  const now = Math.floor(Date.now() / 1000)
  const authority = await mintAuthority('Acme CA', now)
  client1 = await issueCertificate(authority, now)
  client2 = await selfSignedCertificate(now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, { ...pkiClient, client_id: 'client1' })
  await register(db, { ...selfSignedClient(jwksOf(client2)), client_id: 'client2' })
})

type Json = Readonly<Record<string, unknown>>

async function fetchJson(ask: Ask) {
  const response = await exports.default.fetch(await requestOf(ask))
  const { status, headers } = response
  return { status, headers, json: (await response.json()) as Json }
}

const form = { grant_type: 'client_credentials', client_id: 'client1' }

const token = (
  fields: Readonly<Record<string, string>>,
  presented: Presented | null,
  more: Ask = {},
) =>
  fetchJson({
    url: `${mtlsHost}/token`,
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    presented,
    ...more,
  })

const discover = () => fetchJson({ url: `${ordinaryHost}/.well-known/oauth-authorization-server` })
const success = () => token(form, client1)

describe('discovery', () => {
  const strings = (value: unknown): boolean =>
    Array.isArray(value) && value.every((entry) => typeof entry === 'string')
  const url = (value: unknown): boolean => typeof value === 'string' && URL.canParse(value)
  /** RFC 8414 section 2 and RFC 8705: each member with its type. */
  const schema: Readonly<Record<string, (value: unknown) => boolean>> = {
    issuer: url,
    token_endpoint: url,
    jwks_uri: url,
    scopes_supported: strings,
    response_types_supported: strings,
    grant_types_supported: strings,
    token_endpoint_auth_methods_supported: strings,
    introspection_endpoint: url,
    introspection_endpoint_auth_methods_supported: strings,
    introspection_signing_alg_values_supported: strings,
    revocation_endpoint: url,
    revocation_endpoint_auth_methods_supported: strings,
    service_documentation: url,
    tls_client_certificate_bound_access_tokens: (value) => typeof value === 'boolean',
    mtls_endpoint_aliases: (value) => typeof value === 'object' && value !== null,
  }

  it('row 1: the document is 200, JSON, and valid against the RFC 8414 schema', async () => {
    const { status, headers, json } = await discover()
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    for (const member of ['issuer', 'response_types_supported']) expect(json).toHaveProperty(member)
    for (const [name, value] of Object.entries(json))
      expect([name, schema[name]?.(value)]).toEqual([name, true])
  })

  it('row 2: no unknown or misspelt members', async () => {
    const { json } = await discover()
    expect(Object.keys(json).filter((name) => !(name in schema))).toEqual([])
  })

  it('row 3: the issuer is https, without query or fragment, and matches the discovery URL', async () => {
    const { json } = await discover()
    const issuer = new URL(String(json.issuer))
    expect([issuer.protocol, issuer.search, issuer.hash]).toEqual(['https:', '', ''])
    expect(json.issuer).toBe(ordinaryHost)
  })

  it('row 4: token_endpoint is there and https', async () => {
    expect((await discover()).json.token_endpoint).toMatch(/^https:\/\//)
  })

  it('row 5: grant_types_supported contains client_credentials', async () => {
    expect((await discover()).json.grant_types_supported).toContain('client_credentials')
  })

  it('row 6: token_endpoint_auth_methods_supported contains the mutual-TLS methods', async () => {
    const { token_endpoint_auth_methods_supported: methods } = (await discover()).json
    expect(methods).toEqual(['tls_client_auth', 'self_signed_tls_client_auth'])
  })

  it('row 7: tls_client_certificate_bound_access_tokens is true', async () => {
    expect((await discover()).json.tls_client_certificate_bound_access_tokens).toBe(true)
  })

  it('row 8: mtls_endpoint_aliases has only endpoints that are at the top level as well', async () => {
    const { json } = await discover()
    const names = Object.keys(json.mtls_endpoint_aliases as Json)
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) {
      expect(name).toMatch(/_endpoint$/)
      expect(json).toHaveProperty(name)
    }
    expect(names).not.toContain('authorization_endpoint')
  })

  it('row 9: scopes_supported, if there, are scope tokens', async () => {
    const { scopes_supported: scopes = [] } = (await discover()).json
    for (const scope of scopes as string[]) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('row 10: jwks_uri has a JWK Set of usable public keys, each with a kid', async () => {
    const { status, json } = await fetchJson({ url: String((await discover()).json.jwks_uri) })
    expect(status).toBe(200)
    const keys = json.keys as JsonWebKey[]
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      expect(key).toHaveProperty('kid')
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
        expect(key).not.toHaveProperty(secret)
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } // 256 bits, of at least 224
      const imported = await crypto.subtle.importKey('jwk', key, algorithm, true, ['verify'])
      expect(imported.type).toBe('public')
    }
  })
})

describe('success', () => {
  it('row 12: client_id and certificate, no secret: 200 and JSON', async () => {
    const { status, headers } = await success()
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('row 13: access_token and token_type are there; token_type is Bearer', async () => {
    const { json } = await success()
    expect(json.access_token).toMatch(/./)
    expect(String(json.token_type).toLowerCase()).toBe('bearer')
  })

  it('row 14: expires_in is there', async () => {
    expect((await success()).json).toHaveProperty('expires_in')
  })

  it('row 15: expires_in is a number between 0 and 31536000', async () => {
    const { expires_in } = (await success()).json
    expect(typeof expires_in).toBe('number')
    expect(expires_in).toBeGreaterThan(0)
    expect(expires_in).toBeLessThanOrEqual(31_536_000)
  })

  it('row 16: no refresh_token', async () => {
    expect((await success()).json).not.toHaveProperty('refresh_token')
  })

  it('row 17: no id_token', async () => {
    expect((await success()).json).not.toHaveProperty('id_token')
  })

  it('row 18: access_token has 128 bits, 96 of entropy, and only printable characters', async () => {
    const text = String((await success()).json.access_token)
    expect(text.length * 8).toBeGreaterThanOrEqual(128)
    const counts = new Map<string, number>()
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
    const shannon = [...counts.values()]
      .map((count) => count / text.length)
      .reduce((sum, share) => sum - share * Math.log2(share), 0)
    expect(shannon * text.length).toBeGreaterThanOrEqual(96)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
  })

  it('row 19: Cache-Control is no-store', async () => {
    expect((await success()).headers.get('cache-control')).toBe('no-store')
  })
})

describe('error', () => {
  /** One request for each error that a token request can cause. */
  const errors = [
    () => token(form, null),
    () => token({ ...form, client_id: 'client2' }, client1),
    () => token({ ...form, client_id: 'unknown' }, client1),
    () => token({ ...form, client_secret: 's' }, client1),
    () => token({ ...form, scope: 'admin' }, client1),
    () => token({ ...form, resource: 'https://third.example' }, client1),
    () => token({ ...form, grant_type: 'password' }, client1),
    () => token({ client_id: 'client1' }, client1),
    () => token(form, client1, { body: 'x=%zz' }),
    () => token(form, client1, { headers: { 'content-type': 'application/json' } }),
    () => token(form, client1, { url: `${mtlsHost}/token?x=y` }),
  ]

  it('row 20: no certificate: 401 with invalid_client', async () => {
    const { status, json } = await token(form, null)
    expect([status, json.error]).toEqual([401, 'invalid_client'])
  })

  it('row 21: client_id of client 2 with the certificate of client 1: invalid_client', async () => {
    const crossed = await token({ ...form, client_id: 'client2' }, client1)
    expect([crossed.status, crossed.json.error]).toEqual([401, 'invalid_client'])
    const other = await token(form, client2)
    expect([other.status, other.json.error]).toEqual([401, 'invalid_client'])
    expect((await token({ ...form, client_id: 'client2' }, client2)).status).toBe(200)
  })

  it('row 22: error is there, and of the characters of RFC 6749', async () => {
    for (const error of errors) {
      expect((await error()).json.error).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    }
  })

  it('row 23: error_description is of the same characters, without CR, LF or TAB', async () => {
    for (const error of errors) {
      expect((await error()).json.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    }
  })

  it('row 24: error_uri, if there, is a URI reference', async () => {
    for (const error of errors) expect((await error()).json).not.toHaveProperty('error_uri')
  })

  it('row 25: the status is 400 for everything but invalid_client', async () => {
    const seen = new Set<unknown>()
    for (const error of errors) {
      const { status, json } = await error()
      seen.add(json.error)
      expect([json.error, status]).toEqual([
        json.error,
        json.error === 'invalid_client' ? 401 : 400,
      ])
    }
    expect(seen.size).toBe(5)
  })

  it('row 30: a request carries client_id and no client_assertion', async () => {
    const { client_id: _, ...without } = form
    expect((await token(without, client1)).status).toBe(401)
    expect((await token({ ...form, client_assertion: 'x' }, client1)).status).toBe(400)
    expect((await success()).status).toBe(200)
  })
})
