import { InvalidClientRow } from '../clients/client-row.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'
import { SchemaMismatch } from '../storage/schema-version.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import type { RequestRecord } from './request-line.ts'
import type { Reply } from './respond.ts'

/** What a handler answers: a reply, or a refusal, with what the log is to know. */
export type Answer =
  | { readonly reply: Reply; readonly record?: RequestRecord }
  | { readonly refusal: Refusal }

/** One endpoint and method. Faults may throw. */
export type Handler = (context: RequestContext) => Promise<Answer> | Answer

/** A fault as the refusal it comes down to. The messages of our own faults hold no secrets. */
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
