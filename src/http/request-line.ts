import type { RequestContext } from '../request-context.ts'
import type { LogLine } from './log.ts'

/** What came of a request, for the log: docs/log-codes.md explains codes and fields. */
export type RequestRecord = {
  readonly code: string
  readonly client_id?: string | null | undefined
  /** Of refusals. */
  readonly error?: string
  readonly evidence?: Readonly<Record<string, unknown>>
  /** Of introspection. */
  readonly active?: boolean
  readonly why?: string | null
  readonly signed?: boolean
  /** Of tokens. */
  readonly jti?: string | null
  readonly kid?: string | null
  readonly aud?: string | readonly string[]
  readonly scope?: string | undefined
  readonly exp?: number
  readonly bound?: boolean
  readonly thumbprint?: string | undefined
  readonly not_after?: number
}

/**
 * The line of a request. All its fields stand in one literal: an object that was put together by spreads
 * takes three times as long to write. What is undefined is not written.
 */
export const requestLine = (
  record: RequestRecord,
  { requestId, headers, address, method, target }: RequestContext,
  status: number,
): LogLine => ({
  level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
  code: record.code,
  client_id: record.client_id,
  error: record.error,
  evidence: record.evidence,
  active: record.active,
  why: record.why,
  signed: record.signed,
  jti: record.jti,
  kid: record.kid,
  aud: record.aud,
  scope: record.scope,
  exp: record.exp,
  bound: record.bound,
  thumbprint: record.thumbprint,
  not_after: record.not_after,
  request_id: requestId,
  ray: headers.get('cf-ray'), // Cloudflare's id of the request
  address: address,
  method,
  host: target.host,
  path: target.path,
  status,
})
