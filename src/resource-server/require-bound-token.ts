import type { MiddlewareHandler } from 'hono'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import type { VerifierOptions } from './options.ts'
import { refusalResponse } from './refusal-response.ts'
import { createVerifier } from './verifier.ts'

/** What handlers behind {@link requireBoundToken} find: `c.var.token`. */
export type BoundTokenEnv = { Variables: { token: VerifiedToken } }

/**
 * Hono middleware that lets nobody through but the owner of a token: RFC 9068, RFC 8705 section 3,
 * with the answers of RFC 6750 section 3.
 * @throws TypeError where the options are not sound, with everything that is wrong
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
