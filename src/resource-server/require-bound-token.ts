import type { MiddlewareHandler } from 'hono'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import type { VerifierOptions } from './options.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

/** The environment of an app whose handlers read `c.var.token`: `new Hono<BoundTokenEnv>()`. */
export type BoundTokenEnv = { Variables: { token: VerifiedToken } }

/**
 * Hono middleware that requires a valid access token, sent by the client it is bound to (RFC 9068,
 * RFC 8705 section 3). Other requests get the responses of RFC 6750 section 3.
 * @throws TypeError if the options are not valid; the message lists every problem
 * @example
 * const app = new Hono()
 *   .use(requireBoundToken({ issuer, audience, source: 'cloudflare' }))
 *   .get('/orders', (c) => c.json({ partner: c.var.token.clientId }))
 */
export function requireBoundToken(options: VerifierOptions): MiddlewareHandler<BoundTokenEnv> {
  const verify = createVerifier(options)
  return async function requireBoundToken(c, next) {
    const verified = await verify(c.req.raw)
    if (!verified.ok) return refusalResponse(verified.error)
    c.set('token', verified.value)
    return next()
  }
}
