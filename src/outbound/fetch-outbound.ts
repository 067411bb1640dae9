import type { Bytes } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { readBounded } from './bounded-body.ts'
import { readOutboundUrl, type UrlPolicy } from './outbound-url.ts'

/** Sends one HTTP request, as `fetch` does. */
export type Fetcher = (url: string, init: RequestInit) => Promise<Response>

/** What a caller may fetch, and how much. */
export type OutboundPolicy = UrlPolicy & {
  /**
   * The allowed hosts, in the form of `URL.host`: lower case, with the port unless it is the default
   * port of the scheme. `any`: every public host, on the default port.
   */
  readonly hosts: readonly string[] | 'any'
  /** Each redirect must lead to an allowed URL. Default 0: another host must not answer for the first. */
  readonly maxRedirects?: number
  /** For the whole fetch with its redirects, in milliseconds. */
  readonly timeout: number
  /** Of the body, in octets. */
  readonly maxSize: number
  /** The header Accept. */
  readonly accept: string
}

/** What is sent besides the URL; GET by default. */
export type OutboundRequest = {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Bytes
}

/** Why a fetch gave nothing. */
export type OutboundProblem =
  /** Another scheme, a private host or address, credentials in the URL, or too long. */
  | { readonly why: 'url_refused'; readonly url: string }
  | { readonly why: 'host_not_allowed'; readonly host: string }
  | { readonly why: 'too_many_redirects' }
  /** Any status but 200, a redirect included if none is allowed. */
  | { readonly why: 'status'; readonly status: number }
  | { readonly why: 'too_large'; readonly limit: number }
  | { readonly why: 'unreachable'; readonly cause: string }

/**
 * The one way by which requests leave this server. URLs come from certificates, metadata and registered
 * clients, so they must not reach a private network (SSRF).
 *
 * A Worker cannot pin DNS: an allowed name may resolve to any address. From the edge there is no private
 * network to reach; `global_fetch_strictly_public` in wrangler.toml excludes the zone's own origins.
 * @returns the body of an answer with status 200
 */
export async function fetchOutbound(
  from: string,
  policy: OutboundPolicy,
  fetcher: Fetcher,
  { headers, ...request }: OutboundRequest = {},
): Promise<Result<{ readonly body: Bytes; readonly headers: Headers }, OutboundProblem>> {
  const { accept, maxRedirects = 0, maxSize, timeout } = policy
  const signal = AbortSignal.timeout(timeout)
  let target = from
  let base: URL | undefined
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const url = readOutboundUrl(target, policy, base)
      if (url === null) return err({ why: 'url_refused', url: target.slice(0, 256) })
      const { host, port } = url
      const allowed = policy.hosts === 'any' ? port === '' : policy.hosts.includes(host)
      if (!allowed) return err({ why: 'host_not_allowed', host })
      const response = await fetcher(url.href, {
        ...request,
        headers: { accept, ...headers },
        redirect: 'manual',
        signal,
      })
      const location = maxRedirects > 0 ? redirection(response) : null
      if (location === null) return await readAnswer(response, maxSize)
      await response.body?.cancel()
      target = location
      base = url
    }
    return err({ why: 'too_many_redirects' })
  } catch (fault) {
    return err({ why: 'unreachable', cause: String(fault).slice(0, 256) })
  }
}

const redirection = ({ status, headers }: Response): string | null =>
  [301, 302, 303, 307, 308].includes(status) ? headers.get('location') : null

async function readAnswer({ status, body, headers }: Response, limit: number) {
  const tooLarge = Number(headers.get('content-length') ?? 0) > limit
  if (status !== 200 || tooLarge || body === null) {
    await body?.cancel()
    return err(
      tooLarge ? ({ why: 'too_large', limit } as const) : ({ why: 'status', status } as const),
    )
  }
  const octets = await readBounded(body, limit)
  return octets === null ? err({ why: 'too_large', limit } as const) : ok({ body: octets, headers })
}
