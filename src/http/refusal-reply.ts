import { InvalidClientRow } from '../clients/client-row.ts'
import { headersOf, json, type Reply, uncached } from '../endpoints/reply.ts'
import { authorizationScheme } from '../oauth/presented-credentials.ts'
import type { Refusal } from '../oauth/refusal.ts'
import { toWire } from '../oauth/wire.ts'
import type { RequestContext } from '../request-context.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'

/** The refusal for a thrown fault. The messages of this project's own errors contain no secrets. */
export function refusalOf(fault: unknown): Refusal {
  if (fault instanceof StoreUnavailable) {
    return { code: 'store_unavailable', problem: withCause(fault) }
  }
  if (fault instanceof SchemaMismatch) return { code: 'schema_mismatch', problem: fault.message }
  if (fault instanceof InvalidClientRow) {
    return { code: 'client_record_invalid', problem: fault.message }
  }
  const problem = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
  return { code: 'fault', problem }
}

const withCause = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message

/** The answer to a refused request (RFC 6749 section 5.2), with the id of its log line. */
export function refusalReply(refusal: Refusal, context: RequestContext): Reply {
  const { status, error, description, headers } = toWire(refusal)
  const { code, ...evidence } = refusal
  const authorization = status === 401 ? context.headers.get('authorization') : null
  const challenge = authorization === null ? {} : { 'www-authenticate': challengeTo(authorization) }
  return {
    status,
    body: JSON.stringify({ error, error_description: description, request_id: context.requestId }),
    headers: headersOf({ ...json, ...uncached, ...headers, ...challenge }),
    record: {
      code,
      // In the same field as in the record of a success.
      client_id: 'clientId' in refusal ? refusal.clientId : undefined,
      error,
      evidence,
    },
  }
}

/** RFC 6749 section 5.2: the challenge matches the scheme that the client used. */
const challengeTo = (authorization: string): string =>
  `${authorizationScheme(authorization) === 'bearer' ? 'Bearer' : 'Basic'} realm="certbound"`
