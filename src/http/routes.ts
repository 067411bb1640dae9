import type { Config } from '../config.ts'
import type { IssuedTokensEndpoint } from '../endpoints/introspect.ts'
import { answerTokenRequest, type TokenEndpoint } from '../endpoints/token.ts'
import { publicJwks } from '../keys/keyring.ts'
import { metadata, wellKnownPath } from '../oauth/metadata.ts'
import type { Answer, Handler } from './exchange.ts'
import { privateJson, publicJson } from './respond.ts'
import { introspectionHandler, revocationHandler } from './token-handlers.ts'

/** How long anyone may keep the metadata and the JWK Set, in seconds; keys are published ahead. */
const metadataAge = 3600
const jwksAge = 300

/** What all endpoints together stand on. */
export type Endpoints = TokenEndpoint & IssuedTokensEndpoint

/** One path and method, and what answers there. */
export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handler: Handler
}

/** Everything that is served, below the hosts of the configuration. */
export function routes(config: Config, endpoint: Endpoints): readonly Route[] {
  const { basePath } = config
  const document = metadata(config)
  const wellKnown = () => ({ reply: publicJson(document, metadataAge) })
  return [
    { method: 'POST', path: `${basePath}/token`, handler: tokenHandler(endpoint) },
    { method: 'POST', path: `${basePath}/introspect`, handler: introspectionHandler(endpoint) },
    { method: 'POST', path: `${basePath}/revoke`, handler: revocationHandler(endpoint) },
    { method: 'GET', path: `${basePath}/jwks`, handler: jwksHandler(endpoint) },
    { method: 'GET', path: `${basePath}/health`, handler: healthHandler(endpoint) },
    { method: 'GET', path: wellKnownPath, handler: wellKnown },
    // RFC 8414 section 3.1: the well-known part goes between the host and the issuer's path.
    ...(basePath === ''
      ? []
      : [{ method: 'GET', path: `${wellKnownPath}${basePath}`, handler: wellKnown } as const]),
  ]
}

const tokenHandler =
  (endpoint: TokenEndpoint): Handler =>
  (context) =>
    // RFC 6749 section 3.2 and appendix B: parameters are sent in the body.
    context.target.query === ''
      ? answerTokenRequest(endpoint, context).then(tokenAnswer)
      : { refusal: { code: 'query_present' } }

const tokenAnswer = (issued: Awaited<ReturnType<typeof answerTokenRequest>>): Answer =>
  issued.ok
    ? { reply: privateJson(issued.value.response), record: issued.value.record }
    : { refusal: issued.error }

const jwksHandler =
  ({ keys }: TokenEndpoint): Handler =>
  async (context) => ({
    reply: publicJson(publicJwks(await keys.current(context)), jwksAge),
  })

/** Healthy is: a token could be signed now. Asks D1 no more often than a token request does. */
const healthHandler =
  ({ keys }: TokenEndpoint): Handler =>
  async (context) => {
    await keys.current(context)
    return { reply: privateJson({ status: 'ok' }) }
  }
