import { readBounded } from '../encoding/bounded-body.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { readListUrl } from './crl-url.ts'

/** Sends one GET; follows no redirect. */
export type Fetcher = (
  url: string,
  init: {
    readonly redirect: 'manual'
    readonly signal: AbortSignal
    readonly headers: Readonly<Record<string, string>>
  },
) => Promise<Response>

/** What bounds a fetch. */
export type FetchRules = {
  /** As URL writes hosts: lower case, with the port where it is not the usual one. */
  readonly hosts: readonly string[]
  /** In octets. */
  readonly maxSize: number
}

/** Why there is no list. */
export type FetchProblem =
  /** No http(s) URL at a public host, or with credentials. */
  | { readonly why: 'url_refused'; readonly url: string }
  | { readonly why: 'host_not_allowed'; readonly host: string }
  | { readonly why: 'too_many_redirects' }
  | { readonly why: 'status'; readonly status: number }
  | { readonly why: 'list_too_large'; readonly limit: number }
  | { readonly why: 'unreachable'; readonly cause: string }

/** In milliseconds, for a fetch with all its redirects. */
const patience = 20_000
const maxRedirects = 3

/** Fetches a list over HTTP; every host on the way must be one of the rules. */
export async function fetchList(
  from: string,
  rules: FetchRules,
  fetcher: Fetcher,
): Promise<Result<Bytes, FetchProblem>> {
  const signal = AbortSignal.timeout(patience)
  let url = readListUrl(from)
  let asked = from
  try {
    for (let hop = 0; hop <= maxRedirects; hop++) {
      if (url === null) return err({ why: 'url_refused', url: asked.slice(0, 256) })
      if (!rules.hosts.includes(url.host)) return err({ why: 'host_not_allowed', host: url.host })
      const headers = { accept: 'application/pkix-crl, */*;q=0.1' }
      const response = await fetcher(url.href, { redirect: 'manual', signal, headers })
      const location = redirection(response)
      if (location === null) return await readBody(response, rules.maxSize)
      await response.body?.cancel()
      asked = location
      url = readListUrl(location, url)
    }
    return err({ why: 'too_many_redirects' })
  } catch (fault) {
    return err({ why: 'unreachable', cause: String(fault).slice(0, 256) })
  }
}

const redirection = ({ status, headers }: Response): string | null =>
  [301, 302, 303, 307, 308].includes(status) ? (headers.get('location') ?? '') : null

async function readBody(response: Response, limit: number): Promise<Result<Bytes, FetchProblem>> {
  const { status, body, headers } = response
  const tooLarge = Number(headers.get('content-length') ?? 0) > limit
  if (status !== 200 || tooLarge || body === null) {
    await body?.cancel()
    return err(tooLarge ? { why: 'list_too_large', limit } : { why: 'status', status })
  }
  const list = await readBounded(body, limit)
  return list === null ? err({ why: 'list_too_large', limit }) : ok(list)
}
