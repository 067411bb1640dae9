import type { Partner } from './examination.ts'
import { bad, type Finding, type FindingId, good, skipped } from './findings.ts'
import { type Exchange, jsonOf } from './http/exchange.ts'

/** The result of a token request. */
export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  /** The Worker refused the client itself, so the request reached the Worker. */
  | { readonly kind: 'invalid_client' }
  /** Any other response, or none. */
  | { readonly kind: 'closed' }
  /** Rate limited, or not sent. */
  | { readonly kind: 'inconclusive' }

/** Reads the result from an exchange with a token endpoint. */
export function tokenResult(exchange: Exchange): TokenResult {
  if (exchange.kind === 'failed') {
    return exchange.stage === 'limit' ? { kind: 'inconclusive' } : { kind: 'closed' }
  }
  const { response } = exchange
  if (response.status === 429) return { kind: 'inconclusive' }
  const body = jsonOf(response)
  if (response.status === 200 && typeof body?.access_token === 'string') {
    return { kind: 'token', token: body.access_token }
  }
  return body?.error === 'invalid_client' ? { kind: 'invalid_client' } : { kind: 'closed' }
}

/** Describes an exchange as evidence. */
export function describeExchange(exchange: Exchange): string {
  if (exchange.kind === 'failed') return `${exchange.stage}: ${exchange.reason}`
  const { status } = exchange.response
  const { error, access_token } = jsonOf(exchange.response) ?? {}
  if (typeof access_token === 'string') return `${status}, a token`
  return typeof error === 'string' ? `${status} ${error.slice(0, 40)}` : `${status}`
}

/** The finding of a check that no token is issued. */
export function noTokenFinding(id: FindingId, exchange: Exchange): Finding {
  const { kind } = tokenResult(exchange)
  if (kind === 'inconclusive') return skipped(id, describeExchange(exchange))
  return (kind === 'token' ? bad : good)(id, describeExchange(exchange))
}

/** The form of a token request. */
export const tokenForm = ({ clientId }: Pick<Partner, 'clientId'>) => ({
  grant_type: 'client_credentials',
  client_id: clientId,
})
