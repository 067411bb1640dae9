import { type CryptoKey, SignJWT } from 'jose'
import type { VerifiedToken } from '../../../src/resource-server/index.ts'
import { type Caller, callerAlg, callerLifetime, callerType } from './caller-header.ts'

/** Who signs, for which origin, with which key. */
export type CallerSigner = {
  /** The gateway's own origin. */
  readonly issuer: string
  /** The origin server's. */
  readonly audience: string
  readonly key: CryptoKey
}

/**
 * Says who calls: a compact JWS over the verified claims and the request that they were verified for.
 * @param token must be bound to a certificate; with another one nothing is signed
 * @param now seconds since the epoch
 * @throws TypeError where the token is not bound
 */
export function signCaller(
  token: VerifiedToken,
  { method, url }: Pick<Request, 'method' | 'url'>,
  { issuer, audience, key }: CallerSigner,
  now: number,
): Promise<string> {
  const { thumbprint } = token
  if (thumbprint === null) throw new TypeError('only callers with a bound token are vouched for')
  const caller: Caller = {
    ...{ iss: issuer, aud: audience, iat: now, exp: now + callerLifetime },
    jti: crypto.randomUUID(),
    ...{ sub: token.subject, client_id: token.clientId, scope: token.scope.join(' ') },
    cnf: { 'x5t#S256': thumbprint },
    ...{ method, target_uri: url },
  }
  return new SignJWT({ ...caller })
    .setProtectedHeader({ alg: callerAlg, typ: callerType })
    .sign(key)
}
