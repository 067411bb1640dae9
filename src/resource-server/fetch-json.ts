import { readBounded } from '../encoding/bounded-body.ts'
import { fromUtf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'

/** Sends one request, like the platform's `fetch`. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

/** In milliseconds, for the whole response. */
const timeout = 5_000

/**
 * Fetches a JSON document.
 * @param maxSize in octets
 * @returns the parsed document and the response headers, or a sentence about the problem
 */
export async function fetchJson(
  fetch: FetchFunction,
  url: string,
  maxSize: number,
  init: RequestInit = {},
): Promise<Result<{ readonly document: unknown; readonly headers: Headers }, string>> {
  try {
    const signal = AbortSignal.timeout(timeout)
    const accept = { accept: 'application/json', ...init.headers }
    // Do not follow redirects: another host must not answer for the issuer.
    const response = await fetch(url, { ...init, headers: accept, redirect: 'manual', signal })
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
  } catch (error) {
    return err(`${url}: ${String(error).slice(0, 200)}`)
  }
}
