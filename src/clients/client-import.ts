import { isRecord } from '../encoding/is-record.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { AuditedBy } from '../storage/audit-row.ts'
import {
  type Database,
  integerOf,
  query,
  type Statement,
  statement,
  textOrNull,
} from '../storage/database.ts'
import { type RegistrationColumns, registrationColumns, toColumns } from './client-row.ts'
import { thumbprintProblem } from './registered-key.ts'
import { parseRegistration } from './registration.ts'

/** A client to be imported, as its columns. */
export type ImportedClient = {
  readonly columns: RegistrationColumns
  /** Null to leave a registered client as it is, and to enable a new one. */
  readonly enabled: boolean | null
}

/**
 * Reads a client to be imported, by the parser that registers clients.
 * @param value the metadata of one client, and `enabled`
 * @returns the client, or everything that is wrong, a sentence each
 */
export async function parseImportedClient(
  value: unknown,
): Promise<Result<ImportedClient, readonly string[]>> {
  if (!isRecord(value)) return err(['want a JSON object: the metadata of one client'])
  // What `client show --json` prints besides the metadata is ignored.
  const { key_thumbprints, tokens_revoked_before, created_at, updated_at, ...rest } = value
  const { version, problem: _, enabled = null, ...metadata } = rest
  const registration = parseRegistration(metadata)
  const problems = registration.ok ? [] : [...registration.error]
  const isFlag = enabled === null || typeof enabled === 'boolean'
  if (!isFlag) problems.push('enabled: want true or false')
  if (!registration.ok || !isFlag) return err(problems)
  const { authentication } = registration.value
  const problem = 'keys' in authentication ? await thumbprintProblem(authentication.keys) : null
  return problem === null ? ok({ columns: toColumns(registration.value), enabled }) : err([problem])
}

/**
 * A value as JSON in ASCII only: as many octets as characters, and no character that SQL literals need
 * to encode.
 */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A client as JSON for {@link importChunk}: its columns in order, then `enabled`. */
export const rowJson = ({ columns, enabled }: ImportedClient): string =>
  asciiJson([...registrationColumns.map((name) => columns[name]), enabled])

const COLUMNS = registrationColumns.join(', ')
const VALUES = registrationColumns.map((_, index) => `v ->> ${index}`).join(', ')
const ENABLED = `v ->> ${registrationColumns.length}`

// A client_id that is registered again must not make the tokens of its previous owner active again.
const INSERT = `
  INSERT INTO clients (${COLUMNS}, enabled, version, tokens_revoked_before, created_at, updated_at)
  SELECT ${VALUES},
    coalesce(${ENABLED}, (SELECT c.enabled FROM clients c WHERE c.client_id = v ->> 0), 1),
    1, unixepoch() - 1, ?2, ?2
  FROM (SELECT value AS v FROM json_each(?1))`

/** The statement that registers one client, enabled. */
export const insertClient = (columns: RegistrationColumns, now: number): Statement =>
  statement(INSERT, `[${rowJson({ columns, enabled: true })}]`, now)

/** What to do with a client that is already registered. */
export type OnConflict = (typeof conflictRules)[number]
export const conflictRules = ['refuse', 'skip', 'replace'] as const

const REPLACED = [...registrationColumns.slice(1), 'enabled']
const columnsOf = (table: string): string => REPLACED.map((name) => `${table}.${name}`).join(', ')

const conflictClauses = {
  refuse: '',
  skip: 'ON CONFLICT (client_id) DO NOTHING',
  replace: `ON CONFLICT (client_id) DO UPDATE SET (${REPLACED.join(', ')}) = (${columnsOf('excluded')}),
      updated_at = excluded.updated_at, version = version + 1
    WHERE (${columnsOf('clients')}) IS NOT (${columnsOf('excluded')})`,
} as const satisfies Record<OnConflict, string>

const CONFLICTS = `
  SELECT place, present, holder, has_set FROM (
    SELECT j.key AS place, j.value ->> 1 AS set_name,
      EXISTS (SELECT 1 FROM clients c WHERE c.client_id = j.value ->> 0) AS present,
      (SELECT c.client_id FROM clients c WHERE c.trust_anchor_set = j.value ->> 1
        AND c.subject_attribute = j.value ->> 2 AND c.subject_key = j.value ->> 3
        AND c.client_id <> j.value ->> 0) AS holder,
      EXISTS (SELECT 1 FROM trust_anchor_sets s WHERE s.name = j.value ->> 1) AS has_set
    FROM json_each(?1) j)
  WHERE present OR holder IS NOT NULL OR (set_name IS NOT NULL AND NOT has_set)`

/** Why the database would not register a client as a new one. */
export type ClientConflict = {
  /** The place of the client among those asked about. */
  readonly index: number
  /** Whether its client_id is registered. */
  readonly present: boolean
  /** Another client that is registered with its subject in its set. */
  readonly holder: string | null
  /** Its trust anchor set, if there is no such set. */
  readonly missingSet: string | null
}

/** Compares clients with those that are registered. @returns the clients that conflict */
export async function findConflicts(
  database: Database,
  clients: readonly RegistrationColumns[],
): Promise<readonly ClientConflict[]> {
  const keys = clients.map((columns) => [
    columns.client_id,
    columns.trust_anchor_set,
    columns.subject_attribute,
    columns.subject_key,
  ])
  return (await query(database, CONFLICTS, asciiJson(keys))).map((row) => {
    const index = integerOf(row, 'place')
    const hasSet = integerOf(row, 'has_set') === 1
    return {
      index,
      present: integerOf(row, 'present') === 1,
      holder: textOrNull(row, 'holder'),
      missingSet: hasSet ? null : (clients[index]?.trust_anchor_set ?? null),
    }
  })
}

// One audit row for a whole import. Each chunk updates it in its own transaction, so that it always says
// exactly what was written.
const RUN = "subject = ?1 AND what = 'client.import' AND json_extract(after, '$.run') = ?2"
const BEGIN = `
  INSERT INTO audit (at, who, what, subject, before, after)
  SELECT ?3, ?4, 'client.import', ?1, NULL, ?5 WHERE NOT EXISTS (SELECT 1 FROM audit WHERE ${RUN})`
const BEGUN = `SELECT id FROM audit WHERE ${RUN}`

// If the answer to a chunk was lost and the chunk is sent again, this changes no row, and neither do the
// statements after it.
const STEP = `
  UPDATE audit SET after = json_set(after, '$.done', ?3)
  WHERE id = ?1 AND json_extract(after, '$.done') = ?2`

const COUNT = `
  UPDATE audit SET after = json_set(after, '$.written', json_extract(after, '$.written') + changes())
  WHERE id = ?1
  RETURNING json_extract(after, '$.done') AS done, json_extract(after, '$.written') AS written`

/** An import, as its audit row describes it. */
export type ImportRun = {
  readonly onConflict: OnConflict
  readonly by: AuditedBy
  /** The name of the file. */
  readonly file: string
  /** Of the file, in hex. */
  readonly sha256: string
  readonly clients: number
}

/** Writes the audit row of an import. @returns its id */
export async function beginImport(database: Database, run: ImportRun): Promise<number> {
  const { onConflict, by, file, sha256, clients } = run
  const id = crypto.randomUUID()
  const about = { run: id, file, sha256, on_conflict: onConflict, clients, done: 0, written: 0 }
  const [, [row] = []] = await database.batch([
    statement(BEGIN, sha256, id, by.at, by.who, JSON.stringify(about)),
    statement(BEGUN, sha256, id),
  ])
  if (row === undefined) throw new Error('the audit row of an import is missing')
  return integerOf(row, 'id')
}

/** Clients that are written in one transaction. */
export type ImportChunk = {
  /** A JSON array of the {@link rowJson} of each. */
  readonly rows: string
  readonly clients: number
}

/**
 * Writes a chunk of clients, once, however often it is sent.
 * @param id of {@link beginImport}
 * @param done how many clients came before it
 * @returns how many clients of the whole import were added or changed so far
 * @throws ConstraintViolation if a client conflicts
 */
export async function importChunk(
  database: Database,
  id: number,
  { rows, clients }: ImportChunk,
  done: number,
  { onConflict, by }: Pick<ImportRun, 'onConflict' | 'by'>,
): Promise<number> {
  const [, , [counted] = []] = await database.batch([
    statement(STEP, id, done, done + clients),
    statement(`${INSERT} WHERE changes() > 0 ${conflictClauses[onConflict]}`, rows, by.at),
    statement(COUNT, id),
  ])
  if (counted === undefined || integerOf(counted, 'done') !== done + clients) {
    throw new Error('the audit row of an import does not match what was written')
  }
  return integerOf(counted, 'written')
}
