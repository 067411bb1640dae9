import { randomUUID } from 'node:crypto'
import { type Database, integerOf, type Statement, statement } from '../../database/database.ts'
import { OperatorFault } from '../../outcome.ts'
import type { OnConflict, Plan } from './check.ts'
import { type Chunk, type ChunkLimits, type ClientsFile, chunksOf } from './chunks.ts'
import type { Progress } from './progress.ts'

const COLUMNS = `client_name, token_endpoint_auth_method, trust_anchor_set, subject_attribute,
  subject_value, subject_key, jwks, scope, resources, tls_client_certificate_bound_access_tokens`

// One row for a whole import. It is brought up to date with every chunk, in the same transaction: it
// never says more or less than what was done.
const RUN = "subject = ?1 AND what = 'client.import' AND json_extract(after, '$.run') = ?2"
const BEGIN = `
  INSERT INTO audit (at, who, what, subject, before, after)
  SELECT ?3, ?4, 'client.import', ?1, NULL, ?5 WHERE NOT EXISTS (SELECT 1 FROM audit WHERE ${RUN})`
const BEGUN = `SELECT id FROM audit WHERE ${RUN}`

// A chunk that is sent again after its answer was lost finds this done, and writes nothing.
const STEP = `
  UPDATE audit SET after = json_set(after, '$.done', ?3)
  WHERE id = ?1 AND json_extract(after, '$.done') = ?2`

const WRITE = `
  INSERT INTO clients (client_id, version, enabled, ${COLUMNS}, created_at, updated_at)
  SELECT v ->> 0, 1,
    coalesce(v ->> 11, (SELECT c.enabled FROM clients c WHERE c.client_id = v ->> 0), 1),
    v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 6, v ->> 7, v ->> 8, v ->> 9, v ->> 10, ?2, ?2
  FROM (SELECT value AS v FROM json_each(?1)) WHERE changes() > 0`

const VALUES = `enabled, ${COLUMNS}`
const EXCLUDED = VALUES.replaceAll(/\w+/g, 'excluded.$&')

const conflictClauses = {
  refuse: '',
  skip: 'ON CONFLICT (client_id) DO NOTHING',
  replace: `ON CONFLICT (client_id) DO UPDATE SET (${VALUES}) = (${EXCLUDED}),
      updated_at = excluded.updated_at, version = version + 1
    WHERE (${VALUES.replaceAll(/\w+/g, 'clients.$&')}) IS NOT (${EXCLUDED})`,
} as const satisfies Record<OnConflict, string>

const COUNT = `
  UPDATE audit SET after = json_set(after, '$.written', json_extract(after, '$.written') + changes())
  WHERE id = ?1
  RETURNING json_extract(after, '$.done') AS done, json_extract(after, '$.written') AS written`

/** How an import is done, by whom and when (seconds since the epoch). */
export type LoadOptions = {
  readonly limits: ChunkLimits
  readonly onConflict: OnConflict
  readonly who: string
  readonly now: number
}

/**
 * Writes the clients of a file that has been checked, a chunk in a transaction.
 * @returns how many were added or changed
 * @throws ConstraintViolation where what was checked is no longer so; the chunks before it are written
 * @throws OperatorFault where the file is no longer the one that was checked
 */
export async function loadClients(
  database: Database,
  file: ClientsFile,
  plan: Plan,
  how: LoadOptions,
  progress: Progress,
): Promise<number> {
  const id = await begin(database, file, plan, how)
  const chunks = chunksOf(file, how.limits)
  let writing = Promise.resolve(0)
  let done = 0
  for (;;) {
    const next = await chunks.next()
    const written = await writing
    if (next.done) {
      if (next.value !== plan.sha256) throw changedFile(file)
      return written
    }
    const chunk = next.value
    if (chunk.problems.length > 0) throw changedFile(file)
    if (chunk.clients.length === 0) continue
    // While the database writes, the next lines are read.
    writing = write(database, id, chunk, done, how)
    writing.catch(() => {}) // it is awaited above
    done += chunk.clients.length
    progress.at(chunk.octets, done)
  }
}

async function begin(
  database: Database,
  file: ClientsFile,
  { clients, sha256 }: Plan,
  { onConflict, who, now }: LoadOptions,
): Promise<number> {
  const run = randomUUID()
  const about = { run, file: file.name, sha256, on_conflict: onConflict, clients }
  const after = JSON.stringify({ ...about, done: 0, written: 0 })
  const [, [row] = []] = await database.batch([
    statement(BEGIN, sha256, run, now, who, after),
    statement(BEGUN, sha256, run),
  ])
  if (row === undefined) throw new Error('the audit row of an import is not there')
  return integerOf(row, 'id')
}

async function write(
  database: Database,
  id: number,
  { clients }: Chunk,
  done: number,
  { onConflict, now }: LoadOptions,
): Promise<number> {
  const rows = `[${clients.map(({ row }) => row).join()}]`
  const statements: Statement[] = [
    statement(STEP, id, done, done + clients.length),
    statement(`${WRITE} ${conflictClauses[onConflict]}`, rows, now),
    statement(COUNT, id),
  ]
  const [, , [counted] = []] = await database.batch(statements)
  if (counted === undefined || integerOf(counted, 'done') !== done + clients.length) {
    throw new Error('the audit row of an import says another thing than was done')
  }
  return integerOf(counted, 'written')
}

const changedFile = ({ name }: ClientsFile): OperatorFault =>
  new OperatorFault(`${name} was changed while it was read`, [
    'what had been read of it is imported: the audit row counts it',
    'run it again with --on-conflict skip, or replace',
  ])
