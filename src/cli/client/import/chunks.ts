import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import {
  type ImportedClient,
  parseImportedClient,
  rowJson,
} from '../../../clients/client-import.ts'
import { fromUtf8 } from '../../../encoding/bytes.ts'

/** A client with its line in the file, and the JSON that goes to the database. */
export type ImportedLine = ImportedClient & { readonly line: number; readonly row: string }

/** What is wrong with a line. */
export type LineProblem = { readonly line: number; readonly problem: string }

/** Clients that are written in one transaction. */
export type Chunk = {
  readonly clients: readonly ImportedLine[]
  readonly problems: readonly LineProblem[]
  /** How many octets of the file have been read. */
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
  let read = 0
  const hashed = async function* () {
    for await (const piece of pieces) {
      hash.update(piece)
      read += piece.length
      yield piece
    }
  }
  let clients: ImportedLine[] = []
  let problems: LineProblem[] = []
  let size = 0
  let line = 0
  const take = (): Chunk => {
    const chunk = { clients, problems, octets: read }
    clients = []
    problems = []
    size = 0
    return chunk
  }
  for await (const text of linesOf(hashed())) {
    line += 1
    const client = await readLine(text, line, limits)
    if (client === null) continue
    if (!('row' in client)) {
      problems.push(...client.map((problem) => ({ line, problem })))
      continue
    }
    if (clients.length >= limits.clients || size + client.row.length > limits.octets) yield take()
    clients.push(client)
    size += client.row.length + 1
  }
  yield take()
  return hash.digest('hex')
}

/** In octets: a client with sixteen certificates is shorter. */
export const maxLineLength = 1 << 18

/** Splits a file into lines; a line is null if it is not UTF-8, or longer than {@link maxLineLength}. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string | null> {
  // Latin-1 keeps every octet, so that invalid UTF-8 is found line by line.
  const input = Readable.from(pieces, { objectMode: false }).setEncoding('latin1')
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield line.length > maxLineLength ? null : fromUtf8(new Uint8Array(Buffer.from(line, 'latin1')))
  }
}

/** A client, or what is wrong with it; null for an empty line. */
async function readLine(
  text: string | null,
  line: number,
  limits: ChunkLimits,
): Promise<ImportedLine | readonly string[] | null> {
  if (text === null) return [`not UTF-8, or longer than ${maxLineLength} octets`]
  // Editors on Windows put a byte order mark first, which is not JSON.
  const json = line === 1 ? text.replace(/^\ufeff/, '') : text
  if (json.trim() === '') return null
  const value = fromJson(json)
  if (value === undefined) return ['not JSON']
  const client = await parseImportedClient(value)
  if (!client.ok) return client.error
  const row = rowJson(client.value)
  return row.length > limits.octets
    ? [`${row.length} octets for the database, which takes ${limits.octets} at a time by this way`]
    : { ...client.value, line, row }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
