import { fromUtf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import {
  type Fetcher,
  fetchOutbound,
  type OutboundProblem,
  type OutboundRequest,
} from '../outbound/fetch-outbound.ts'

/**
 * Fetches a JSON document of the issuer. The operator of the API has configured the issuer, so it may be in a
 * private network.
 * @param url with https
 * @param maxSize in octets
 * @returns the parsed document and the response headers, or a sentence about the problem
 */
export async function fetchJson(
  fetcher: Fetcher,
  url: string,
  maxSize: number,
  request: OutboundRequest = {},
): Promise<Result<{ readonly document: unknown; readonly headers: Headers }, string>> {
  const policy = {
    privateHosts: true,
    hosts: [new URL(url).host],
    timeout: 5_000,
    maxSize,
    accept: 'application/json',
  }
  const fetched = await fetchOutbound(url, policy, fetcher, request)
  if (!fetched.ok) return err(problemText(url, fetched.error))
  const { body, headers } = fetched.value
  const text = fromUtf8(body)
  if (text === null) return err(`${url} answered no UTF-8`)
  try {
    return ok({ document: JSON.parse(text), headers })
  } catch (error) {
    return err(`${url}: ${String(error).slice(0, 200)}`)
  }
}

function problemText(url: string, problem: OutboundProblem): string {
  switch (problem.why) {
    case 'status':
      return `${url} answered ${problem.status}`
    case 'too_large':
      return `${url} answered more than ${problem.limit} octets`
    case 'unreachable':
      return `${url}: ${problem.cause.slice(0, 200)}`
    case 'url_refused':
    case 'host_not_allowed':
    case 'too_many_redirects':
      return `${url}: ${problem.why}`
  }
}
