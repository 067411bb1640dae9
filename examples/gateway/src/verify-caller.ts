import { type CryptoKey, errors, jwtVerify } from 'jose'
import {
  type Caller,
  callerAlg,
  callerHeader,
  callerLifetime,
  callerType,
} from './caller-header.ts'

/** The gateway that an origin trusts. */
export type KnownGateway = {
  /** The gateway's own origin, as in its statements. */
  readonly issuer: string
  /** This origin server, as in the gateway's configuration. */
  readonly audience: string
  /** The gateway's public key. */
  readonly key: CryptoKey
}

/**
 * Verifies the caller, at the origin. Attacks: a request that bypasses the gateway, and a statement that
 * is replayed with another request or after its lifetime.
 * @param request its method, URL (as the gateway called it, query included) and headers
 * @param now seconds since the epoch
 * @returns the gateway's statement, or null if there is no valid one for this request
 */
export async function verifyCaller(
  request: Pick<Request, 'method' | 'url' | 'headers'>,
  { issuer, audience, key }: KnownGateway,
  now: number,
): Promise<Caller | null> {
  const statement = request.headers.get(callerHeader)
  if (statement === null) return null
  try {
    const { payload } = await jwtVerify<Caller>(statement, key, {
      issuer,
      audience,
      typ: callerType,
      algorithms: [callerAlg],
      requiredClaims: ['jti', 'sub', 'client_id', 'scope', 'cnf', 'method', 'target_uri'],
      maxTokenAge: callerLifetime,
      clockTolerance: 2,
      currentDate: new Date(now * 1000),
    })
    const isSameRequest = payload.method === request.method && payload.target_uri === request.url
    return isSameRequest ? payload : null
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}
