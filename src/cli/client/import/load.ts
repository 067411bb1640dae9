import { randomUUID } from 'node:crypto'
import { type Database, integerOf, type Statement, statement } from '../../../storage/database.ts'
import type { OnConflict, Plan } from './check.ts'
import type { Progress } from './progress.ts'
import type { Spool, SpooledChunk } from './spool.ts'

const COLUMNS = `client_name, token_endpoint_auth_method, trust_anchor_set, subject_attribute,
  subject_value, subject_key, jwks, scope, resources, tls_client_certificate_bound_access_tokens,
  access_token_format, introspection_resources`

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

// A name that comes back does not bring back the tokens of who had it before.
const WRITE = `
  INSERT INTO clients (client_id, version, enabled, ${COLUMNS}, tokens_revoked_before, created_at,
    updated_at)
  SELECT v ->> 0, 1,
    coalesce(v ->> 11, (SELECT c.enabled FROM clients c WHERE c.client_id = v ->> 0), 1),
    v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 6, v ->> 7, v ->> 8, v ->> 9, v ->> 10,
    v ->> 12, v ->> 13, unixepoch() - 1, ?2, ?2
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
  readonly onConflict: OnConflict
  readonly who: string
  readonly now: number
  /** What the clients came from, for the audit row. */
  readonly file: string
}

/**
 * Writes the clients of a spool, a chunk in a transaction.
 * @returns how many were added or changed
 * @throws ConstraintViolation where what was checked is no longer so; the chunks before it are written
 */
export async function loadClients(
  database: Database,
  spool: Pick<Spool, 'chunks'>,
  plan: Plan,
  how: LoadOptions,
  progress: Progress,
): Promise<number> {
  const id = await begin(database, plan, how)
  let written = 0
  let done = 0
  for await (const chunk of spool.chunks()) {
    written = await write(database, id, chunk, done, how)
    done += chunk.clients
    progress.at(chunk.octets, done)
  }
  return written
}

async function begin(
  database: Database,
  { clients, sha256 }: Plan,
  { onConflict, who, now, file }: LoadOptions,
): Promise<number> {
  const run = randomUUID()
  const about = { run, file, sha256, on_conflict: onConflict, clients }
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
  { rows, clients }: SpooledChunk,
  done: number,
  { onConflict, now }: LoadOptions,
): Promise<number> {
  const statements: Statement[] = [
    statement(STEP, id, done, done + clients),
    statement(`${WRITE} ${conflictClauses[onConflict]}`, rows, now),
    statement(COUNT, id),
  ]
  const [, , [counted] = []] = await database.batch(statements)
  if (counted === undefined || integerOf(counted, 'done') !== done + clients) {
    throw new Error('the audit row of an import says another thing than was done')
  }
  return integerOf(counted, 'written')
}
