import type { Result } from '../encoding/result.ts'
import type { Refusal } from '../oauth/refusal.ts'
import type { RequestContext } from '../request-context.ts'

/** One endpoint. Faults are thrown. */
export type Endpoint = (context: RequestContext) => EndpointResult | Promise<EndpointResult>
export type EndpointResult = Result<Reply, Refusal>

/** A response before it is one, with its log record. */
export type Reply = {
  readonly status: number
  readonly body: string
  /** Shared by replies: only the function that makes the response may set one, and copies them at once. */
  readonly headers: Headers
  readonly record: RequestRecord
}

/** What the log line of a request says about its outcome. docs/log-codes.md explains codes and fields. */
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

/** The record of a success that has nothing to add to the request line. */
const answered: RequestRecord = { code: 'answered' }

export const json = { 'content-type': 'application/json' }
/** RFC 6749 section 5.1: no cache keeps a token or a refusal. */
export const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** These headers, and those that every response has. */
export const headersOf = (fields: Readonly<Record<string, string>>): Headers =>
  new Headers({ ...fields, 'x-content-type-options': 'nosniff' })

const privateHeaders = headersOf({ ...json, ...uncached })

/** A JSON reply for this caller only. */
export const privateJson = (body: unknown, record = answered): Reply => ({
  status: 200,
  body: JSON.stringify(body),
  headers: privateHeaders,
  record,
})

/** A reply for this caller only, of the media type that it asked for. */
export const negotiated = (body: string, contentType: string, record: RequestRecord): Reply => ({
  status: 200,
  body,
  headers: headersOf({ ...uncached, 'content-type': contentType, vary: 'Accept' }),
  record,
})

/**
 * A JSON document that caches may keep.
 * @param maxAge in seconds
 */
export const publicJson = (body: unknown, maxAge: number): Reply => ({
  status: 200,
  body: JSON.stringify(body),
  headers: headersOf({ ...json, 'cache-control': `public, max-age=${maxAge}` }),
  record: answered,
})
