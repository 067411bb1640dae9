import { createHash } from 'node:crypto'
import { findConflicts, type OnConflict } from '../../../clients/client-import.ts'
import { err, ok, type Result } from '../../../encoding/result.ts'
import type { Database } from '../../../storage/database.ts'
import { type Chunk, type ChunkLimits, chunksOf, type LineProblem } from './chunks.ts'
import type { Source, Spool, SpooledChunk } from './files.ts'
import type { Progress } from './progress.ts'

/** What an import will do. */
export type Plan = {
  readonly clients: number
  /** How many of them are registered already. */
  readonly present: number
  /** Of the whole file, in hex. */
  readonly sha256: string
}

/** What is wrong: the first problems, and how many there are. */
export type Problems = { readonly first: readonly LineProblem[]; readonly count: number }

/** More problems than this are only counted: they usually have one cause. */
const maxReported = 20

/** Each client takes memory during the check: a larger file must be split. */
const maxClients = 5_000_000

/**
 * Reads a source to its end and compares every client with the others of the source and with those of
 * the database. Writes nothing to the database; valid clients go into the spool.
 */
export async function checkImport(
  database: Database,
  { pieces }: Pick<Source, 'pieces'>,
  spool: Pick<Spool, 'add'>,
  how: { readonly limits: ChunkLimits; readonly onConflict: OnConflict },
  progress: Progress,
): Promise<Result<Plan, Problems>> {
  const problems = collected()
  const repeated = repetitions()
  const chunks = chunksOf(pieces, how.limits)
  let comparing = Promise.resolve(0)
  let clients = 0
  let present = 0
  for (;;) {
    const next = await chunks.next()
    present += await comparing
    if (next.done) {
      const plan = { clients, present, sha256: next.value }
      return problems.count() === 0 ? ok(plan) : err(problems.all())
    }
    const chunk = next.value
    problems.add([...chunk.problems, ...repeated(chunk)])
    clients += chunk.clients.length
    if (clients > maxClients) {
      problems.add([{ line: chunk.clients[0]?.line ?? 0, problem: `over ${maxClients} clients` }])
      return err(problems.all())
    }
    progress.at(chunk.octets, clients)
    if (chunk.clients.length > 0 && problems.count() === 0) await spool.add(spooled(chunk))
    // Read the next lines while the database compares these.
    comparing = compare(database, chunk, how.onConflict, problems)
    comparing.catch(() => {}) // it is awaited above
  }
}

const spooled = ({ clients, octets }: Chunk): SpooledChunk => ({
  rows: `[${clients.map(({ row }) => row).join()}]`,
  clients: clients.length,
  octets,
})

function collected() {
  const first: LineProblem[] = []
  let count = 0
  return {
    add(more: readonly LineProblem[]): void {
      count += more.length
      first.push(...more.slice(0, maxReported - first.length))
    },
    count: () => count,
    all: (): Problems => ({ first: first.toSorted((a, b) => a.line - b.line), count }),
  }
}

/** Finds repetitions in a file: of a client_id, or of a subject of a set. */
function repetitions(): (chunk: Chunk) => LineProblem[] {
  const ids = firstLines()
  const subjects = firstLines()
  return ({ clients }) =>
    clients.flatMap(({ line, columns }) => {
      const { client_id, trust_anchor_set: set, subject_attribute, subject_key } = columns
      const sameId = ids(client_id, line)
      const subject = JSON.stringify([set, subject_attribute, subject_key])
      const sameSubject = set === null ? null : subjects(subject, line)
      return [
        ...(sameId === null ? [] : [{ line, problem: `${client_id} is also in line ${sameId}` }]),
        ...(sameSubject === null || sameId !== null
          ? []
          : [{ line, problem: `has the subject of line ${sameSubject}: ${oneSubject}` }]),
      ]
    })
}

const oneSubject = 'one subject of a set belongs to one client'

/** Compares a chunk with the database. @returns how many of its clients are registered already */
async function compare(
  database: Database,
  { clients }: Chunk,
  onConflict: OnConflict,
  problems: ReturnType<typeof collected>,
): Promise<number> {
  if (clients.length === 0) return 0
  const columns = clients.map((client) => client.columns)
  let registered = 0
  for (const { index, present, holder, missingSet } of await findConflicts(database, columns)) {
    const client = clients[index]
    if (client === undefined) continue
    const report = (problem: string) => problems.add([{ line: client.line, problem }])
    if (present) registered += 1
    if (present && onConflict === 'refuse') {
      report(`there is a client ${client.columns.client_id} already`)
    }
    if (present && onConflict === 'skip') continue // it is not written
    if (holder !== null) report(`${holder} is registered with its subject: ${oneSubject}`)
    if (missingSet !== null) report(`there is no trust anchor set ${missingSet}`)
  }
  return registered
}

/**
 * Records the line in which each text came first, by 96 bits of its hash: that takes less memory.
 * @returns a function that gives the line of an earlier equal text, or null, and then records the text
 */
export function firstLines(): (text: string, line: number) => number | null {
  const lines = new Map<string, number>()
  return (text, line) => {
    const key = createHash('sha256').update(text).digest().toString('latin1', 0, 12)
    const before = lines.get(key)
    if (before === undefined) lines.set(key, line)
    return before ?? null
  }
}
