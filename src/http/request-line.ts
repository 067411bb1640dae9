import type { Visit } from '../authentication/visit.ts'
import type { LogLine } from './log.ts'
import type { Target } from './target.ts'

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
  readonly thumbprint?: string
  readonly not_after?: number
}

/** Which request it was, and how it was answered. */
export type Circumstances = {
  readonly visit: Visit
  readonly target: Target
  readonly method: string
  /** Cloudflare's own id of the request. */
  readonly ray: string | null
  readonly status: number
}

/**
 * The line of a request. All its fields stand in one literal: an object that was put together by spreads
 * takes three times as long to write. What is undefined is not written.
 */
export const requestLine = (
  record: RequestRecord,
  { visit, target, method, ray, status }: Circumstances,
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
  request_id: visit.requestId,
  ray,
  address: visit.address,
  method,
  host: target.host,
  path: target.path,
  status,
})
