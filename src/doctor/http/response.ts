import { isRecord } from '../../encoding/is-record.ts'

/** A complete HTTP response. */
export type HttpResponse = {
  readonly status: number
  /** The values of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Decoded as UTF-8; invalid octets are replaced. */
  readonly body: string
}

/** The size limit in octets. */
export const maxResponseSize = 256 * 1024

/**
 * Reads an HTTP/1.1 response (RFC 9112 section 6.3) from the octets received so far.
 * @param ended whether the server has closed the connection, which ends a response without a length
 * @returns null if it is incomplete or not HTTP
 */
export function readResponse(octets: Buffer, ended: boolean): HttpResponse | null {
  const headEnd = octets.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first = '', ...lines] = octets.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? Number.NaN)
  if (Number.isNaN(status)) return null
  const rest = octets.subarray(headEnd + 4)
  if (status < 200) return readResponse(rest, ended) // an interim response comes before the final one
  const headers = readHeaders(lines)
  const body = readBody(rest, status, headers, ended)
  return body === null ? null : { status, headers, body: body.toString('utf8') }
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return headers
}

function readBody(
  rest: Buffer,
  status: number,
  headers: ReadonlyMap<string, readonly string[]>,
  ended: boolean,
): Buffer | null {
  if (status === 204 || status === 304) return Buffer.alloc(0)
  if (headers.get('transfer-encoding')?.at(-1)?.toLowerCase() === 'chunked') return readChunks(rest)
  const length = headers.get('content-length')?.[0]
  if (length === undefined) return ended ? rest : null
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : null
}

/** RFC 9112 section 7.1; extensions and trailers are ignored. */
function readChunks(octets: Buffer): Buffer | null {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = octets.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(octets.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) return null
    if (size === 0) return Buffer.concat(chunks)
    const end = lineEnd + 2 + size
    if (octets.length < end + 2) return null
    chunks.push(octets.subarray(lineEnd + 2, end))
    at = end + 2
  }
}

/** The first value of a header, or null. */
export const headerOf = ({ headers }: HttpResponse, name: string): string | null =>
  headers.get(name)?.[0] ?? null

/** The JSON object in the body, or null if the body is anything else. */
export function jsonOf({ body }: HttpResponse): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
