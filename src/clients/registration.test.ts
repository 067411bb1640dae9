import { describe, expect, it } from 'vitest'
import { isTrustAnchorSetName } from '../trust-anchors/trust-anchor-set.ts'
import { toMetadata } from './client-row.ts'
import { isClientId, parseRegistration } from './registration.ts'

const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
const pki = {
  client_id: 'acme',
  client_name: 'Acme',
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'tls_client_auth',
  trust_anchor_set: 'acme-ca',
  tls_client_auth_san_dns: 'api.acme.example',
  scope: 'read write',
  resources: ['https://api.example.com', 'urn:example:b'],
  tls_client_certificate_bound_access_tokens: true,
  access_token_format: 'jwt',
  introspection_resources: [],
}
const selfSigned = {
  client_id: 'solo',
  client_name: 'Solo',
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys: [jwk] },
  scope: '',
  resources: ['https://api.example.com'],
  tls_client_certificate_bound_access_tokens: false,
  access_token_format: 'opaque',
  introspection_resources: ['urn:example:b'],
}

type Change = Readonly<Record<string, unknown>>

const changed = (base: Change, change: Change): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ ...base, ...change }).filter(([, value]) => value !== undefined),
  )

describe('a registration', () => {
  it('of the PKI method', () => {
    expect(parseRegistration(pki)).toEqual({
      ok: true,
      value: {
        client_id: 'acme',
        client_name: 'Acme',
        grant_types: ['client_credentials'],
        authentication: {
          token_endpoint_auth_method: 'tls_client_auth',
          trust_anchor_set: 'acme-ca',
          subject: {
            attribute: 'tls_client_auth_san_dns',
            value: 'api.acme.example',
            key: 'api.acme.example',
          },
        },
        scope: ['read', 'write'],
        resources: ['https://api.example.com', 'urn:example:b'],
        tls_client_certificate_bound_access_tokens: true,
        access_token_format: 'jwt',
        introspection_resources: [],
      },
    })
  })

  it('of the self-signed method', () => {
    const publicKey = JSON.stringify(['OKP', 'Ed25519', jwk.x])
    expect(parseRegistration(selfSigned)).toEqual({
      ok: true,
      value: {
        client_id: 'solo',
        client_name: 'Solo',
        grant_types: ['client_credentials'],
        authentication: {
          token_endpoint_auth_method: 'self_signed_tls_client_auth',
          keys: [{ jwk, match: 'public_key', publicKey }],
        },
        scope: [],
        resources: ['https://api.example.com'],
        tls_client_certificate_bound_access_tokens: false,
        access_token_format: 'opaque',
        introspection_resources: ['urn:example:b'],
      },
    })
  })

  it.each([pki, selfSigned])('is the metadata again: $client_id', (metadata) => {
    const registration = parseRegistration(metadata)
    expect(registration.ok && toMetadata(registration.value)).toEqual(metadata)
  })

  it.each<[change: Change, to: Record<string, unknown>]>([
    [{ client_name: undefined }, { client_name: 'acme' }],
    [{ client_name: 'ü'.repeat(200) }, { client_name: 'ü'.repeat(200) }],
    [{ client_name: 'می\u200cخواهم 😀' }, { client_name: 'می\u200cخواهم 😀' }],
    [{ grant_types: undefined }, { grant_types: ['client_credentials'] }],
    [{ scope: undefined }, { scope: [] }],
    [{ scope: 'read read' }, { scope: ['read'] }],
    [{ scope: 'x'.repeat(4096) }, { scope: ['x'.repeat(4096)] }],
    [{ resources: ['urn:a:b', 'urn:a:b'] }, { resources: ['urn:a:b'] }],
    // RFC 8705 section 3.4 says false; here a token is bound unless the operator says otherwise.
    [
      { tls_client_certificate_bound_access_tokens: undefined },
      { tls_client_certificate_bound_access_tokens: true },
    ],
    [{ access_token_format: undefined }, { access_token_format: 'jwt' }],
    [{ introspection_resources: undefined }, { introspection_resources: [] }],
    [{ introspection_resources: ['urn:a:b'] }, { introspection_resources: ['urn:a:b'] }],
    // It only introspects.
    [
      { resources: [], introspection_resources: ['urn:a:b'] },
      { resources: [], introspection_resources: ['urn:a:b'] },
    ],
    [{ resources: undefined, introspection_resources: ['urn:a:b'] }, { resources: [] }],
    [{ client_id: 'x'.repeat(128) }, { client_id: 'x'.repeat(128) }],
  ])('%.60j', (change, to) => {
    expect(parseRegistration(changed(pki, change))).toMatchObject({ ok: true, value: to })
  })
})

const resources = 'resources: want 1 to 32 absolute URIs without fragment (RFC 8707)'
const introspection =
  'introspection_resources: want 0 to 32 absolute URIs without fragment (RFC 8707)'
const clientId = 'client_id: want 1 to 128 of A-Z a-z 0-9 . _ ~ -'
const clientName = 'client_name: want 1 to 200 characters'
const control = 'client_name: holds a control character'
const set = 'trust_anchor_set: want 1 to 64 of A-Z a-z 0-9 . _ -'
const grants = 'grant_types: want a JSON array of client_credentials'
const subjects =
  'want exactly one of tls_client_auth_subject_dn, tls_client_auth_san_dns, ' +
  'tls_client_auth_san_uri, tls_client_auth_san_ip, tls_client_auth_san_email ' +
  '(RFC 8705 section 2.1.2)'

describe('refused', () => {
  it.each([[null], [undefined], ['x'], [[]], [7]])('%j', (metadata) => {
    expect(parseRegistration(metadata)).toEqual({
      ok: false,
      error: ['client metadata: want a JSON object'],
    })
  })

  it.each<[change: Change, problem: string]>([
    [{ tls_client_auth_subject: 'x' }, 'unknown client metadata: tls_client_auth_subject'],
    [{ client_secret: 's', jwks_uri: 'x' }, 'unknown client metadata: client_secret, jwks_uri'],
    [{ client_id: '' }, clientId],
    [{ client_id: 'a b' }, clientId],
    [{ client_id: 'a\n' }, clientId],
    [{ client_id: 'é' }, clientId],
    [{ client_id: 'x'.repeat(129) }, clientId],
    [{ client_id: undefined }, clientId],
    [{ client_id: 7 }, clientId],
    [{ client_name: '' }, clientName],
    [{ client_name: 'x'.repeat(201) }, clientName],
    [{ client_name: {} }, clientName],
    [{ client_name: 'a\u0007b' }, `${control}, U+0007, as character 2`],
    [{ client_name: 'line\n' }, `${control}, U+000A, as character 5`],
    [{ client_name: '\u202eevil' }, `${control}, U+202E, as character 1`],
    [{ client_name: '\ud800' }, `${control}, U+D800, as character 1`],
    [{ grant_types: [] }, grants],
    [{ grant_types: 'client_credentials' }, grants],
    [{ grant_types: ['client_credentials', 'password'] }, grants],
    [{ trust_anchor_set: '' }, set],
    [{ trust_anchor_set: 'a/b' }, set],
    [{ trust_anchor_set: undefined }, set],
    [{ trust_anchor_set: 'x'.repeat(65) }, set],
    [{ jwks: { keys: [jwk] } }, 'jwks: not with tls_client_auth'],
    [{ tls_client_auth_san_dns: undefined }, subjects],
    [{ tls_client_auth_san_ip: '192.0.2.1' }, subjects],
    [
      { tls_client_auth_san_dns: undefined, tls_client_auth_subject_dn: `CN=${' '.repeat(4094)}` },
      'tls_client_auth_subject_dn: want at most 4096 characters',
    ],
    [{ scope: 'a  b' }, 'scope: not a scope token (RFC 6749 section 3.3): '],
    [{ scope: 'a "' }, 'scope: not a scope token (RFC 6749 section 3.3): "'],
    [{ scope: ['a'] }, 'scope: not a scope token (RFC 6749 section 3.3): object'],
    [{ scope: 'x'.repeat(4097) }, 'scope: want at most 4096 characters'],
    [{ resources: undefined }, resources],
    [{ resources: [] }, resources],
    [{ resources: [], introspection_resources: [] }, resources],
    [
      { resources: ['api'], introspection_resources: ['urn:a:b'] },
      resources.replace('1 to', '0 to'),
    ],
    [{ resources: null }, resources],
    [{ resources: 'https://api.example.com' }, resources],
    [{ resources: ['api'] }, resources],
    [{ resources: ['https://api.example.com', 7] }, resources],
    [{ resources: ['https://api.example.com#x'] }, resources],
    [{ resources: Array.from({ length: 33 }, (_, i) => `urn:x:${i}`) }, resources],
    [{ access_token_format: 'JWT' }, 'access_token_format: want jwt or opaque'],
    [{ introspection_resources: 'urn:a:b' }, introspection],
    [{ introspection_resources: ['*'] }, introspection],
    [
      { introspection_resources: Array.from({ length: 33 }, (_, i) => `urn:x:${i}`) },
      introspection,
    ],
    [
      { tls_client_certificate_bound_access_tokens: 'true' },
      'tls_client_certificate_bound_access_tokens: want true or false',
    ],
    [
      { tls_client_certificate_bound_access_tokens: 0 },
      'tls_client_certificate_bound_access_tokens: want true or false',
    ],
    [
      { token_endpoint_auth_method: 'client_secret_basic' },
      'token_endpoint_auth_method: want tls_client_auth or self_signed_tls_client_auth',
    ],
    [
      { token_endpoint_auth_method: undefined },
      'token_endpoint_auth_method: want tls_client_auth or self_signed_tls_client_auth',
    ],
  ])('%.60j', (change, problem) => {
    expect(parseRegistration(changed(pki, change))).toEqual({ ok: false, error: [problem] })
  })

  it.each<[change: Change, problem: string]>([
    [{ trust_anchor_set: 'x' }, 'trust_anchor_set: not with self_signed_tls_client_auth'],
    [
      { tls_client_auth_san_dns: 'x.example' },
      'tls_client_auth_san_dns: not with self_signed_tls_client_auth',
    ],
    [{ jwks: undefined }, 'jwks: want {"keys": [...]} with 1 to 16 JWKs'],
    [{ jwks: { keys: [{}] } }, 'jwks.keys[0]: kty: want RSA, EC or OKP'],
    [
      { jwks: { keys: [{ ...jwk, note: 'x'.repeat(65_536) }] } },
      'jwks: want at most 65536 characters of JSON',
    ],
  ])('self-signed: %.60j', (change, problem) => {
    expect(parseRegistration(changed(selfSigned, change))).toEqual({ ok: false, error: [problem] })
  })

  it('reports everything that is wrong', () => {
    const refused = parseRegistration({
      client_id: '?',
      client_name: '',
      token_endpoint_auth_method: 'tls_client_auth',
      scope: '"',
    })
    expect(refused).toEqual({
      ok: false,
      error: [
        clientId,
        clientName,
        'scope: not a scope token (RFC 6749 section 3.3): "',
        resources,
        set,
        subjects,
      ],
    })
  })
})

describe('names', () => {
  it.each([
    ['a', true, true],
    ['A.b_c-9', true, true],
    ['a~b', true, false],
    ['', false, false],
    ['a b', false, false],
    ['a\n', false, false],
    ['a/b', false, false],
  ])('%j', (text, client, anchors) => {
    expect([isClientId(text), isTrustAnchorSetName(text)]).toEqual([client, anchors])
  })
})
