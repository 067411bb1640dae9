import { type CryptoKey, SignJWT } from 'jose'
import type { VerifiedToken } from '../../../src/resource-server/index.ts'
import { type Caller, callerAlg, callerLifetime, callerType } from './caller-header.ts'

/** The signer of statements. */
export type CallerSigner = {
  /** The gateway's own origin. */
  readonly issuer: string
  /** The origin server. */
  readonly audience: string
  readonly key: CryptoKey
}

/**
 * Signs the statement of a request's caller: a compact JWS of the verified claims and of the request.
 * @param token must be bound to a certificate
 * @param now seconds since the epoch
 * @throws TypeError if the token is not bound
 */
export function signCaller(
  token: VerifiedToken,
  { method, url }: Pick<Request, 'method' | 'url'>,
  { issuer, audience, key }: CallerSigner,
  now: number,
): Promise<string> {
  const { thumbprint } = token
  if (thumbprint === null) throw new TypeError('the token is not bound to a certificate')
  const caller: Caller = {
    iss: issuer,
    aud: audience,
    iat: now,
    exp: now + callerLifetime,
    jti: crypto.randomUUID(),
    sub: token.subject,
    client_id: token.clientId,
    scope: token.scope.join(' '),
    cnf: { 'x5t#S256': thumbprint },
    method,
    target_uri: url,
  }
  return new SignJWT({ ...caller })
    .setProtectedHeader({ alg: callerAlg, typ: callerType })
    .sign(key)
}
