/** A whole answer, as it was read off a connection. */
export type HttpAnswer = {
  readonly status: number
  /** Values by names in lower case, in their order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Text; octets that are no UTF-8 are replaced. */
  readonly body: string
}

/** In octets; what comes beyond is not read. */
export const maxAnswer = 256 * 1024

/**
 * Reads an HTTP/1.1 answer (RFC 9112 section 6.3) as far as it has come.
 * @param ended whether the server has closed: an answer without a length is whole then
 * @returns null while something is missing, or where it is no HTTP
 */
export function readAnswer(octets: Buffer, ended: boolean): HttpAnswer | null {
  const headEnd = octets.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first = '', ...lines] = octets.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? Number.NaN)
  if (Number.isNaN(status)) return null
  const rest = octets.subarray(headEnd + 4)
  if (status < 200) return readAnswer(rest, ended) // an interim answer goes before the real one
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

/** RFC 9112 section 7.1; extensions and trailers are passed over. */
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
export const headerOf = ({ headers }: HttpAnswer, name: string): string | null =>
  headers.get(name)?.[0] ?? null

/** The members of a JSON object in the body, or null where it is anything else. */
export function jsonOf({ body }: HttpAnswer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
