import { describe, expect, it } from 'vitest'
import { metadata } from './metadata.ts'

const source = {
  issuer: 'https://as.example.com',
  basePath: '',
  mtlsOrigin: 'https://mtls.as.example.com',
  scopesSupported: ['read', 'write'],
  serviceDocumentation: 'https://docs.example.com',
}

const whole = {
  issuer: 'https://as.example.com',
  token_endpoint: 'https://as.example.com/token',
  introspection_endpoint: 'https://as.example.com/introspect',
  revocation_endpoint: 'https://as.example.com/revoke',
  jwks_uri: 'https://as.example.com/jwks',
  scopes_supported: ['read', 'write'],
  response_types_supported: [],
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['tls_client_auth', 'self_signed_tls_client_auth'],
  introspection_endpoint_auth_methods_supported: ['tls_client_auth', 'self_signed_tls_client_auth'],
  introspection_signing_alg_values_supported: ['ES256', 'PS256', 'RS256', 'EdDSA'],
  revocation_endpoint_auth_methods_supported: ['tls_client_auth', 'self_signed_tls_client_auth'],
  service_documentation: 'https://docs.example.com',
  tls_client_certificate_bound_access_tokens: true,
  mtls_endpoint_aliases: {
    token_endpoint: 'https://mtls.as.example.com/token',
    introspection_endpoint: 'https://mtls.as.example.com/introspect',
    revocation_endpoint: 'https://mtls.as.example.com/revoke',
  },
}

describe('the metadata document', () => {
  it('is whole', () => expect(metadata(source)).toEqual(whole))

  it('leaves out what is not configured', () => {
    const { scopes_supported: _, service_documentation: __, ...rest } = whole
    const bare = { ...source, scopesSupported: [], serviceDocumentation: null }
    expect(metadata(bare)).toEqual(rest)
  })

  it('has the path of the issuer on both hosts', () => {
    expect(
      metadata({ ...source, issuer: 'https://as.example.com/t', basePath: '/t' }),
    ).toMatchObject({
      issuer: 'https://as.example.com/t',
      token_endpoint: 'https://as.example.com/t/token',
      jwks_uri: 'https://as.example.com/t/jwks',
      mtls_endpoint_aliases: {
        token_endpoint: 'https://mtls.as.example.com/t/token',
        introspection_endpoint: 'https://mtls.as.example.com/t/introspect',
        revocation_endpoint: 'https://mtls.as.example.com/t/revoke',
      },
    })
  })

  it('has no aliases where one host does both', () => {
    expect(metadata({ ...source, mtlsOrigin: 'https://as.example.com' })).not.toHaveProperty(
      'mtls_endpoint_aliases',
    )
    const path = { issuer: 'https://as.example.com/t', basePath: '/t' }
    expect(
      metadata({ ...source, ...path, mtlsOrigin: 'https://as.example.com' }),
    ).not.toHaveProperty('mtls_endpoint_aliases')
  })
})
