import { createHash } from 'node:crypto'
import { asciiJson } from './ascii-json.ts'
import { type ClientLine, readClientLine } from './client-line.ts'
import { type Line, linesOf, longestLine } from './lines.ts'

/** A client with the line it came from, and as the JSON that goes to the database. */
export type ImportedClient = ClientLine & { readonly line: number; readonly row: string }

/** What is wrong with a line. */
export type LineProblem = { readonly line: number; readonly problem: string }

/** Clients that go to the database together. */
export type Chunk = {
  readonly clients: readonly ImportedClient[]
  readonly problems: readonly LineProblem[]
  /** Read by then. */
  readonly octets: number
}

/** How large a chunk may be; `octets` of JSON. */
export type ChunkLimits = { readonly clients: number; readonly octets: number }

/**
 * Reads clients, a chunk at a time.
 * @returns at the end, SHA-256 of all that was read, in hex
 */
export async function* chunksOf(
  pieces: AsyncIterable<Uint8Array>,
  limits: ChunkLimits,
): AsyncGenerator<Chunk, string> {
  const hash = createHash('sha256')
  let clients: ImportedClient[] = []
  let problems: LineProblem[] = []
  let size = 0
  let read = 0
  const take = (): Chunk => {
    const chunk = { clients, problems, octets: read }
    clients = []
    problems = []
    size = 0
    return chunk
  }
  for await (const { lines, octets } of linesOf(hashing(pieces, hash))) {
    for (const line of lines) {
      const client = await readLine(line, limits)
      if (client === null) continue
      if (Array.isArray(client)) {
        problems.push(...client.map((problem) => ({ line: line.number, problem })))
        continue
      }
      if (clients.length >= limits.clients || size + client.row.length > limits.octets) yield take()
      clients.push(client)
      size += client.row.length + 1
    }
    read = octets
  }
  yield take()
  return hash.digest('hex')
}

async function* hashing(
  pieces: AsyncIterable<Uint8Array>,
  hash: { update(piece: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
}

/** A client, or what is wrong with it; null for a line with nothing in it. */
async function readLine(
  { number: line, text }: Line,
  limits: ChunkLimits,
): Promise<ImportedClient | string[] | null> {
  if (text === null) return [`not UTF-8, or longer than ${longestLine} octets`]
  // Editors of Windows put a byte order mark first, which is no JSON.
  const json = line === 1 ? text.replace(/^\ufeff/, '') : text
  if (json.trim() === '') return null
  const client = await readClientLine(json)
  if (!client.ok) return [...client.error]
  const row = rowText(client.value)
  return row.length > limits.octets
    ? [`${row.length} octets for the database, which takes ${limits.octets} at a time by this way`]
    : { ...client.value, line, row }
}

/** The columns of a client as a JSON array of ASCII, in the order in which load.ts reads them. */
const rowText = ({ columns, enabled }: ClientLine): string =>
  asciiJson([
    columns.client_id,
    columns.client_name,
    columns.token_endpoint_auth_method,
    columns.trust_anchor_set,
    columns.subject_attribute,
    columns.subject_value,
    columns.subject_key,
    columns.jwks,
    columns.scope,
    columns.resources,
    columns.tls_client_certificate_bound_access_tokens,
    enabled === null ? null : Number(enabled),
    columns.access_token_format,
    columns.introspection_resources,
  ])
