import { err, ok, type Result } from '../../../encoding/result.ts'
import { type Database, integerOf, query, textOrNull } from '../../../storage/database.ts'
import { asciiJson } from './ascii-json.ts'
import { type Chunk, type ChunkLimits, chunksOf, type LineProblem } from './chunks.ts'
import type { Progress } from './progress.ts'
import { seenTexts } from './seen-texts.ts'
import type { Source } from './source.ts'
import type { Spool, SpooledChunk } from './spool.ts'

/** What to do with a client that is registered already. */
export type OnConflict = (typeof conflictRules)[number]
export const conflictRules = ['refuse', 'skip', 'replace'] as const

/** What an import will do. */
export type Plan = {
  readonly clients: number
  /** Of these, registered already. */
  readonly present: number
  /** Of all that was read, in hex. */
  readonly sha256: string
}

/** What is wrong: the first problems, and how many there are. */
export type Problems = { readonly first: readonly LineProblem[]; readonly count: number }

/** So many are told; a file with more has one cause. */
const mostTold = 20

/** What is remembered of each takes memory: a larger file is split. */
const mostClients = 10_000_000

const LOOK = `
  SELECT place, present, holder, has_set FROM (
    SELECT j.key AS place, j.value ->> 1 AS set_name,
      EXISTS (SELECT 1 FROM clients c WHERE c.client_id = j.value ->> 0) AS present,
      (SELECT c.client_id FROM clients c WHERE c.trust_anchor_set = j.value ->> 1
        AND c.subject_attribute = j.value ->> 2 AND c.subject_key = j.value ->> 3
        AND c.client_id <> j.value ->> 0) AS holder,
      EXISTS (SELECT 1 FROM trust_anchor_sets s WHERE s.name = j.value ->> 1) AS has_set
    FROM json_each(?1) j)
  WHERE present OR holder IS NOT NULL OR (set_name IS NOT NULL AND NOT has_set)`

/**
 * Reads a source to its end, and holds every client against the others of it and those of the
 * database, where it writes nothing. What is good goes into the spool.
 */
export async function checkImport(
  database: Database,
  { pieces }: Pick<Source, 'pieces'>,
  spool: Pick<Spool, 'add'>,
  how: { readonly limits: ChunkLimits; readonly onConflict: OnConflict },
  progress: Progress,
): Promise<Result<Plan, Problems>> {
  const problems = collected()
  const repeats = repeatsIn()
  const chunks = chunksOf(pieces, how.limits)
  let looking = Promise.resolve(0)
  let clients = 0
  let present = 0
  for (;;) {
    const next = await chunks.next()
    present += await looking
    if (next.done) {
      const plan = { clients, present, sha256: next.value }
      return problems.count() === 0 ? ok(plan) : err(problems.all())
    }
    const chunk = next.value
    problems.add([...chunk.problems, ...repeats(chunk)])
    clients += chunk.clients.length
    if (clients > mostClients) {
      problems.add([{ line: chunk.clients[0]?.line ?? 0, problem: `over ${mostClients} clients` }])
      return err(problems.all())
    }
    progress.at(chunk.octets, clients)
    if (chunk.clients.length > 0 && problems.count() === 0) await spool.add(spooled(chunk))
    // While the database looks, the next lines are read.
    looking = look(database, chunk, how.onConflict, problems)
    looking.catch(() => {}) // it is awaited above
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
      first.push(...more.slice(0, mostTold - first.length))
    },
    count: () => count,
    all: (): Problems => ({ first: first.toSorted((a, b) => a.line - b.line), count }),
  }
}

/** Finds what stands in a file twice: one client_id, or one subject of a set. */
function repeatsIn(): (chunk: Chunk) => LineProblem[] {
  const ids = seenTexts()
  const subjects = seenTexts()
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

/** Asks the database about the clients of a chunk. @returns how many are registered already */
async function look(
  database: Database,
  { clients }: Chunk,
  onConflict: OnConflict,
  problems: ReturnType<typeof collected>,
): Promise<number> {
  if (clients.length === 0) return 0
  const asked = clients.map(({ columns }) => [
    columns.client_id,
    columns.trust_anchor_set,
    columns.subject_attribute,
    columns.subject_key,
  ])
  let present = 0
  for (const row of await query(database, LOOK, asciiJson(asked))) {
    const client = clients[integerOf(row, 'place')]
    if (client === undefined) continue
    const { line, columns } = client
    const isPresent = integerOf(row, 'present') === 1
    if (isPresent) present += 1
    if (isPresent && onConflict === 'refuse') {
      problems.add([{ line, problem: `there is a client ${columns.client_id} already` }])
    }
    if (isPresent && onConflict === 'skip') continue // not written, whatever it says
    const holder = textOrNull(row, 'holder')
    if (holder !== null) {
      problems.add([{ line, problem: `${holder} is registered with its subject: ${oneSubject}` }])
    }
    if (columns.trust_anchor_set !== null && integerOf(row, 'has_set') === 0) {
      problems.add([{ line, problem: `there is no anchor set ${columns.trust_anchor_set}` }])
    }
  }
  return present
}
