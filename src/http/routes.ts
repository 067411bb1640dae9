import type { Config } from '../config.ts'
import { healthEndpoint } from '../endpoints/health.ts'
import { type IssuedTokenServices, introspectionEndpoint } from '../endpoints/introspect.ts'
import { jwksEndpoint } from '../endpoints/jwks.ts'
import { metadataEndpoint } from '../endpoints/metadata.ts'
import type { Endpoint } from '../endpoints/reply.ts'
import { revocationEndpoint } from '../endpoints/revoke.ts'
import { type TokenServices, tokenEndpoint } from '../endpoints/token.ts'
import { wellKnownPath } from '../oauth/metadata.ts'

/** What all endpoints together need. */
export type Services = TokenServices & IssuedTokenServices

/** One path and method, and the endpoint that answers there. */
export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly endpoint: Endpoint
}

/** All routes of a deployment. */
export function routes(config: Config, services: Services): readonly Route[] {
  const { basePath } = config
  const { keys } = services
  const metadata = metadataEndpoint(config)
  return [
    { method: 'POST', path: `${basePath}/token`, endpoint: tokenEndpoint(services) },
    { method: 'POST', path: `${basePath}/introspect`, endpoint: introspectionEndpoint(services) },
    { method: 'POST', path: `${basePath}/revoke`, endpoint: revocationEndpoint(services) },
    { method: 'GET', path: `${basePath}/jwks`, endpoint: jwksEndpoint(keys) },
    { method: 'GET', path: `${basePath}/health`, endpoint: healthEndpoint(keys) },
    { method: 'GET', path: wellKnownPath, endpoint: metadata },
    // RFC 8414 section 3.1: the well-known part goes between the host and the issuer's path.
    ...(basePath === ''
      ? []
      : [{ method: 'GET', path: `${wellKnownPath}${basePath}`, endpoint: metadata } as const]),
  ]
}
