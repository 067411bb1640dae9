import { readBounded } from '../encoding/bounded-body.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'

/** Sends one request; follows no redirect. `fetch` is one. */
export type Fetcher = (url: string, init: RequestInit) => Promise<Response>

/** In milliseconds, for a whole answer. */
const patience = 5_000

/**
 * Fetches a JSON document.
 * @param maxSize in octets
 * @returns what was parsed, or why there is nothing, in words
 */
export async function fetchJson(
  fetcher: Fetcher,
  url: string,
  maxSize: number,
  init: RequestInit = {},
): Promise<Result<{ readonly document: unknown; readonly headers: Headers }, string>> {
  try {
    const signal = AbortSignal.timeout(patience)
    const accept = { accept: 'application/json', ...init.headers }
    // A redirect could lead anywhere: what the issuer says stands where the issuer is.
    const response = await fetcher(url, { ...init, headers: accept, redirect: 'manual', signal })
    const { status, body, headers } = response
    if (status !== 200 || body === null) {
      await body?.cancel()
      return err(`${url} answered ${status}`)
    }
    const octets = await readBounded(body, maxSize)
    if (octets === null) return err(`${url} answered more than ${maxSize} octets`)
    const text = fromUtf8(octets)
    if (text === null) return err(`${url} answered no UTF-8`)
    return ok({ document: JSON.parse(text), headers })
  } catch (fault) {
    return err(`${url}: ${String(fault).slice(0, 200)}`)
  }
}
