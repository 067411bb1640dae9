import { type CryptoKey, errors, jwtVerify } from 'jose'
import {
  type Caller,
  callerAlg,
  callerHeader,
  callerLifetime,
  callerType,
} from './caller-header.ts'

/** What the origin knows of its gateway. */
export type KnownGateway = {
  /** The gateway's own origin, as it signs it. */
  readonly issuer: string
  /** This origin server's, as the gateway is configured with it. */
  readonly audience: string
  /** The gateway's public key. */
  readonly key: CryptoKey
}

/**
 * For the origin behind the gateway: reads who calls. Whoever reaches the origin around the gateway,
 * replays a statement on another request or after its time, gets null.
 * @param request its method, URL (as the gateway called it, query included) and headers
 * @param now seconds since the epoch
 * @returns the gateway's statement, or null where there is none that holds for this request
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
      ...{ issuer, audience, typ: callerType, algorithms: [callerAlg] },
      requiredClaims: ['jti', 'sub', 'client_id', 'scope', 'cnf', 'method', 'target_uri'],
      ...{ maxTokenAge: callerLifetime, clockTolerance: 2, currentDate: new Date(now * 1000) },
    })
    const same = payload.method === request.method && payload.target_uri === request.url
    return same ? payload : null
  } catch (fault) {
    if (fault instanceof errors.JOSEError) return null
    throw fault
  }
}
