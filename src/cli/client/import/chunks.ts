import { createHash } from 'node:crypto'
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
  let clients: ImportedLine[] = []
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
      if (!('row' in client)) {
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

/** A client, or what is wrong with it; null for an empty line. */
async function readLine(
  { number: line, text }: Line,
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

/** One line of a file. */
type Line = {
  /** From 1. */
  readonly number: number
  /** Without its line end; null if it is not UTF-8, or longer than {@link maxLineLength}. */
  readonly text: string | null
}

/** In octets: a client with sixteen certificates is shorter. */
export const maxLineLength = 1 << 18

/** Some lines, and how many octets of the file have been read. */
type Lines = { readonly lines: readonly Line[]; readonly octets: number }

const lineFeed = 10

/** Splits pieces of a file into lines. Holds one piece and one line in memory. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const open = openLine()
  let octets = 0
  let number = 0
  for await (const piece of pieces) {
    const lines: Line[] = []
    octets += piece.length
    let start = 0
    for (;;) {
      const end = piece.indexOf(lineFeed, start)
      open.add(piece.subarray(start, end < 0 ? undefined : end))
      if (end < 0) break
      lines.push({ number: ++number, text: open.take() })
      start = end + 1
    }
    yield { lines, octets }
  }
  if (!open.isEmpty()) yield { lines: [{ number: number + 1, text: open.take() }], octets }
}

/** The line whose end has not been read yet. */
function openLine() {
  let parts: Uint8Array[] = []
  let length = 0
  return {
    isEmpty: () => length === 0,
    add(part: Uint8Array) {
      length += part.length
      // A line that is too long is not kept in memory.
      if (length > maxLineLength) parts = []
      else parts.push(part)
    },
    take(): string | null {
      const text = length > maxLineLength ? null : fromUtf8(new Uint8Array(Buffer.concat(parts)))
      parts = []
      length = 0
      return text
    },
  }
}
