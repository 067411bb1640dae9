import { beforeAll, describe, expect, it } from 'vitest'
import {
  jwksOf,
  type Metadata,
  pkiClient,
  registrationOf,
  selfSignedCertificate,
  selfSignedClient,
} from '../../test/support/worker/partners.ts'
import { clientFromRow, InvalidClientRow, toColumns } from './client-row.ts'

const whole = (metadata: Metadata) => ({
  ...toColumns(registrationOf(metadata)),
  version: 3,
  enabled: 1,
  trust_anchors_version: null,
  trust_anchors: '[]',
  intermediates: '[]',
  ...{ revocation: null, extended_key_usage: null, crl_generation: null },
})

const pki = {
  ...whole(pkiClient),
  trust_anchors_version: 2,
  trust_anchors: '["0102","FF"]',
  intermediates: '["03"]',
  ...{ revocation: 'require', extended_key_usage: '["absent"]', crl_generation: 4 },
}
let solo: Metadata
beforeAll(async () => {
  solo = whole(selfSignedClient(jwksOf(await selfSignedCertificate(1_800_000_000))))
})

describe('a client from its row', () => {
  it('of the PKI method, with its anchors', () => {
    expect(clientFromRow(pki)).toMatchObject({
      ...registrationOf(pkiClient),
      version: 3,
      enabled: true,
      trustAnchors: {
        name: 'acme-ca',
        version: 2,
        certificates: [{ der: Uint8Array.of(1, 2) }, { der: Uint8Array.of(255) }],
        intermediates: [{ der: Uint8Array.of(3) }],
        ...{ revocation: 'require', extendedKeyUsage: ['absent'], crlGeneration: 4 },
      },
    })
  })

  it('shares the certificates of its set with other clients, until the set changes', () => {
    const anchors = (row: object) => {
      const set = clientFromRow({ ...pki, ...row }).trustAnchors
      return { anchor: set?.certificates[0], intermediate: set?.intermediates[0] }
    }
    const first = anchors({})
    const second = anchors({ client_id: 'another', trust_anchors_version: 3 })
    expect(second.anchor).toBe(first.anchor)
    expect(second.intermediate).toBe(first.intermediate)
    const changed = anchors({ trust_anchors: '["0102"]', intermediates: '["04"]' })
    expect(changed.anchor).not.toBe(first.anchor)
    expect(changed.intermediate).not.toBe(first.intermediate)
    expect(anchors({ trust_anchor_set: 'other' }).anchor).not.toBe(changed.anchor)
  })

  it('of the self-signed method, without anchors', () => {
    const client = clientFromRow(solo)
    expect(client.trustAnchors).toBeNull()
    expect(client.authentication).toMatchObject({ keys: [{ match: 'certificate' }] })
  })

  it('has an empty set of anchors', () => {
    expect(clientFromRow({ ...pki, trust_anchors: '[]' }).trustAnchors?.certificates).toEqual([])
  })

  it('is disabled', () => expect(clientFromRow({ ...pki, enabled: 0 }).enabled).toBe(false))

  it('is unbound only if the flag is 0', () => {
    const name = 'tls_client_certificate_bound_access_tokens'
    expect(clientFromRow({ ...pki, [name]: 0 })[name]).toBe(false)
    expect(clientFromRow(pki)[name]).toBe(true)
  })
})

describe('an invalid row is refused', () => {
  it.each<[change: Record<string, unknown>]>([
    [{ client_id: '' }],
    [{ client_id: null }],
    [{ client_name: '' }],
    [{ version: 0 }],
    [{ version: '3' }],
    [{ version: undefined }],
    [{ enabled: 2 }],
    [{ enabled: true }],
    [{ enabled: '1' }],
    [{ enabled: undefined }],
    [{ token_endpoint_auth_method: 'none' }],
    [{ token_endpoint_auth_method: 'self_signed_tls_client_auth' }],
    [{ trust_anchor_set: null }],
    [{ trust_anchor_set: '?' }],
    [{ subject_attribute: null }],
    [{ subject_attribute: 'tls_client_auth_san_dns' }],
    [{ subject_attribute: 'anything' }],
    [{ subject_value: null }],
    [{ subject_value: 'CN=other' }],
    [{ subject_key: null }],
    [{ subject_key: 'CN=partner,O=Acme' }],
    [{ jwks: '{"keys":[]}' }],
    [{ scope: 'a  b' }],
    [{ scope: 7 }],
    [{ grant_types: undefined }],
    [{ grant_types: '[]' }],
    [{ grant_types: '["password"]' }],
    [{ resources: '[]' }],
    [{ resources: '["api"]' }],
    [{ resources: 'x' }],
    [{ resources: undefined }],
    // A token must never be unbound because a flag is odd.
    [{ tls_client_certificate_bound_access_tokens: 2 }],
    [{ tls_client_certificate_bound_access_tokens: true }],
    [{ tls_client_certificate_bound_access_tokens: '1' }],
    [{ tls_client_certificate_bound_access_tokens: undefined }],
    [{ access_token_format: '' }],
    [{ introspection_resources: '["api"]' }],
    [{ introspection_resources: undefined }],
    [{ trust_anchors_version: null }],
    [{ trust_anchors_version: 0 }],
    [{ trust_anchors: '{}' }],
    [{ trust_anchors: '[' }],
    [{ trust_anchors: '["0"]' }],
    [{ trust_anchors: '[1]' }],
    [{ intermediates: undefined }],
    [{ intermediates: '{}' }],
    [{ intermediates: '["0"]' }],
    [{ intermediates: '[null]' }],
    // A set must never lose its CRLs because a setting is odd.
    [{ revocation: null }],
    [{ revocation: undefined }],
    [{ revocation: 'Require' }],
    [{ extended_key_usage: null }],
    [{ extended_key_usage: '{}' }],
    [{ extended_key_usage: '["codeSigning"]' }],
    [{ crl_generation: null }],
    [{ crl_generation: '4' }],
  ])('%j', (change) => {
    expect(() => clientFromRow({ ...pki, ...change })).toThrow(InvalidClientRow)
  })

  it.each<[change: Record<string, unknown>]>([
    [{ jwks: null }],
    [{ jwks: '{}' }],
    [{ jwks: '{"keys":[{"kty":"EC"}]}' }],
    [{ jwks: 'x' }],
    [{ subject_key: 'x' }],
    [{ subject_attribute: 'tls_client_auth_san_dns', subject_value: 'x.example' }],
    [{ trust_anchor_set: 'acme-ca', trust_anchors_version: 1 }],
    [{ token_endpoint_auth_method: 'tls_client_auth' }],
  ])('self-signed: %j', (change) => {
    expect(() => clientFromRow({ ...solo, ...change })).toThrow(InvalidClientRow)
  })
})
