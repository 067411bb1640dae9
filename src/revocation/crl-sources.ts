import { type Database, type Statement, statement } from '../storage/database.ts'
import { maxPerSet } from './crl-store.ts'
import { readListUrl } from './crl-url.ts'

/** Where a set's lists are fetched. Times in seconds since the epoch. */
export type CrlSource = {
  readonly set: string
  readonly url: string
  readonly nextAttemptAt: number
  /** Hosts that may be asked for this set. */
  readonly hosts: readonly string[]
}

const SOURCES = `
  SELECT c.set_name, c.url, c.next_attempt_at, s.crl_hosts
  FROM crl_sources c JOIN trust_anchor_sets s ON s.name = c.set_name`

const DUE = `${SOURCES} WHERE c.next_attempt_at <= ?1 AND s.revocation <> 'off'
  ORDER BY c.next_attempt_at LIMIT ?2`

const OF_SET = `${SOURCES} WHERE c.set_name = ?1 ORDER BY c.url`

/** Sources that should be asked by now, the longest waiting first. */
export const dueSources = (database: Database, now: number, most: number): Promise<CrlSource[]> =>
  readSources(database, statement(DUE, now, most))

/** All sources of a set. */
export const sourcesOf = (database: Database, set: string): Promise<CrlSource[]> =>
  readSources(database, statement(OF_SET, set))

async function readSources(database: Database, query: Statement): Promise<CrlSource[]> {
  const [rows = []] = await database.batch([query])
  return rows.map((row) => ({
    set: String(row.set_name),
    url: String(row.url),
    nextAttemptAt: Number(row.next_attempt_at),
    hosts: readHosts(row.crl_hosts),
  }))
}

/** The hosts of a set's column; none where it holds anything else. */
export function readHosts(column: unknown): readonly string[] {
  const value: unknown = JSON.parse(String(column))
  return Array.isArray(value) ? value.filter((host) => typeof host === 'string') : []
}

const CLAIM = `
  UPDATE crl_sources SET next_attempt_at = ?4
  WHERE set_name = ?1 AND url = ?2 AND next_attempt_at = ?3 RETURNING url`

/** Takes a source for oneself until then: of two that run at a time, one asks it. */
export async function claim(
  database: Database,
  source: CrlSource,
  until: number,
): Promise<boolean> {
  const { set, url, nextAttemptAt } = source
  const [rows = []] = await database.batch([statement(CLAIM, set, url, nextAttemptAt, until)])
  return rows.length === 1
}

/** Notes a success, and when to ask again. */
export const noteSuccess = (
  database: Database,
  { set, url }: CrlSource,
  now: number,
  next: number,
) =>
  database.batch([
    statement(
      `UPDATE crl_sources SET fetched_at = ?3, error = NULL, next_attempt_at = ?4
      WHERE set_name = ?1 AND url = ?2`,
      ...[set, url, now, next],
    ),
  ])

/** Notes why there is no list, for `ca status`. */
export const noteFailure = (database: Database, { set, url }: CrlSource, error: string) =>
  database.batch([
    statement(
      'UPDATE crl_sources SET error = ?3 WHERE set_name = ?1 AND url = ?2',
      ...[set, url, error.slice(0, 512)],
    ),
  ])

const FROM_CERTIFICATE = `
  INSERT INTO crl_sources (set_name, url, origin, added_at, next_attempt_at)
  SELECT ?1, ?2, 'certificate', ?4, ?4
  WHERE (SELECT count(*) FROM crl_sources WHERE set_name = ?1) < ${maxPerSet}
    AND EXISTS (SELECT 1 FROM trust_anchor_sets s, json_each(s.crl_hosts) h
      WHERE s.name = ?1 AND h.value = ?3)
  ON CONFLICT (set_name, url) DO NOTHING`

/** Adds a distribution point, where the operator allows its host; null for no such URL. */
export function addSource(set: string, text: string, now: number): Statement | null {
  const url = readListUrl(text)
  return url === null ? null : statement(FROM_CERTIFICATE, set, url.href, url.host, now)
}

const FROM_PATH = `
  INSERT INTO crl_issuers (set_name, sha256, certificate, added_at) SELECT ?1, ?2, ?3, ?4
  WHERE (SELECT count(*) FROM crl_issuers WHERE set_name = ?1) < ${maxPerSet}
    AND EXISTS (SELECT 1 FROM trust_anchor_sets WHERE name = ?1)
  ON CONFLICT (set_name, sha256) DO NOTHING`

/** Adds a CA below the anchors of a set. @param sha256 of the certificate, lower-case hex */
export const addIssuer = (
  set: string,
  sha256: string,
  certificate: Uint8Array<ArrayBuffer>,
  now: number,
): Statement => statement(FROM_PATH, set, sha256, certificate, now)
