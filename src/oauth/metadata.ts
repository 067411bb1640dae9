import { clientAuthMethods } from './client-auth-methods.ts'
import { grantTypes } from './grant-types.ts'
import { signingAlgs } from './signing-algs.ts'

/** The configuration that the metadata is made of. */
export type MetadataSource = {
  readonly issuer: string
  readonly basePath: string
  readonly mtlsOrigin: string
  readonly scopesSupported: readonly string[]
  readonly serviceDocumentation: string | null
}

/** The path of the document (RFC 8414 section 3). */
export const wellKnownPath = '/.well-known/oauth-authorization-server'

/** The endpoints at which clients authenticate. */
const endpointsBelow = (base: string) => ({
  token_endpoint: `${base}/token`,
  introspection_endpoint: `${base}/introspect`,
  revocation_endpoint: `${base}/revoke`,
})

/**
 * Composes the metadata document (RFC 8414 section 3.2), with the members of RFC 8414 section 2, RFC 8705
 * sections 3.3 and 5, and RFC 9701 section 7.
 */
export function metadata(source: MetadataSource) {
  const { issuer, scopesSupported, serviceDocumentation } = source
  const alias = `${source.mtlsOrigin}${source.basePath}`
  return {
    issuer,
    ...endpointsBelow(issuer),
    jwks_uri: `${issuer}/jwks`,
    ...(scopesSupported.length > 0 ? { scopes_supported: scopesSupported } : {}),
    // RFC 8414 section 2 requires the member. Without an authorization endpoint there is no type.
    response_types_supported: [],
    grant_types_supported: grantTypes,
    token_endpoint_auth_methods_supported: clientAuthMethods,
    introspection_endpoint_auth_methods_supported: clientAuthMethods,
    // After a change of SIGNING_ALG the existing key signs until it is rotated.
    introspection_signing_alg_values_supported: signingAlgs,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    ...(serviceDocumentation === null ? {} : { service_documentation: serviceDocumentation }),
    tls_client_certificate_bound_access_tokens: true, // RFC 8705 section 3.3
    // RFC 8705 section 5: the aliases are on the host that asks for client certificates.
    ...(alias === issuer ? {} : { mtls_endpoint_aliases: endpointsBelow(alias) }),
  }
}
