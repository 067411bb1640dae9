import * as v from 'valibot'
import type { Bytes } from '../encoding/bytes.ts'
import { readOutboundUrl } from '../outbound/outbound-url.ts'
import {
  type Database,
  integerOf,
  query,
  type Statement,
  statement,
  textOf,
} from '../storage/database.ts'
import { maxPerSet } from './crl-store.ts'

/** A URL of a set's CRLs. Times in seconds since the epoch. */
export type CrlSource = {
  readonly set: string
  readonly url: string
  readonly nextAttemptAt: number
  /** Hosts from which CRLs of this set may be fetched. */
  readonly hosts: readonly string[]
}

/**
 * CRLs are served over http: https could need the CRL itself, and a CRL is signed anyway (RFC 5280
 * section 8).
 */
export const crlUrlPolicy = { schemes: ['http:', 'https:'] } as const

/** Reads the URL of a CRL; null if it may not be fetched. */
export const readCrlUrl = (text: string): URL | null => readOutboundUrl(text, crlUrlPolicy)

const SOURCES = `
  SELECT c.set_name, c.url, c.next_attempt_at, s.crl_hosts
  FROM crl_sources c JOIN trust_anchor_sets s ON s.name = c.set_name`

const DUE = `${SOURCES} WHERE c.next_attempt_at <= ?1 AND s.revocation <> 'off'
  ORDER BY c.next_attempt_at LIMIT ?2`

const OF_SET = `${SOURCES} WHERE c.set_name = ?1 ORDER BY c.url`

/** The sources that are due, the longest overdue first. */
export const dueSources = (database: Database, now: number, limit: number): Promise<CrlSource[]> =>
  readSources(database, statement(DUE, now, limit))

/** All sources of a set. */
export const sourcesOf = (database: Database, set: string): Promise<CrlSource[]> =>
  readSources(database, statement(OF_SET, set))

/** A JSON array of texts; no host is allowed if the column holds anything else. */
const hostsSchema = v.fallback(v.pipe(v.string(), v.parseJson(), v.array(v.string())), [])

const readSources = async (database: Database, { sql, parameters }: Statement) =>
  (await query(database, sql, ...parameters)).map((row) => ({
    set: textOf(row, 'set_name'),
    url: textOf(row, 'url'),
    nextAttemptAt: integerOf(row, 'next_attempt_at'),
    hosts: v.parse(hostsSchema, row.crl_hosts),
  }))

const CLAIM = `
  UPDATE crl_sources SET next_attempt_at = ?4
  WHERE set_name = ?1 AND url = ?2 AND next_attempt_at = ?3 RETURNING url`

/** Postpones a source for others: of two Workers that run at the same time, one gets true and fetches. */
export const claim = async (
  database: Database,
  { set, url, nextAttemptAt }: CrlSource,
  until: number,
): Promise<boolean> => (await query(database, CLAIM, set, url, nextAttemptAt, until)).length === 1

const SUCCESS = `
  UPDATE crl_sources SET fetched_at = ?3, error = NULL, next_attempt_at = ?4
  WHERE set_name = ?1 AND url = ?2`
const FAILURE = 'UPDATE crl_sources SET error = ?3 WHERE set_name = ?1 AND url = ?2'

/** Records a success, and when to fetch again. */
export const recordSuccess = (
  database: Database,
  { set, url }: CrlSource,
  now: number,
  nextAttemptAt: number,
) => query(database, SUCCESS, set, url, now, nextAttemptAt)

/** Records why there is no CRL, for `ca status`. */
export const recordFailure = (database: Database, { set, url }: CrlSource, error: string) =>
  query(database, FAILURE, set, url, error.slice(0, 512))

const FROM_CERTIFICATE = `
  INSERT INTO crl_sources (set_name, url, origin, added_at, next_attempt_at)
  SELECT ?1, ?2, 'certificate', ?4, ?4
  WHERE (SELECT count(*) FROM crl_sources WHERE set_name = ?1) < ${maxPerSet}
    AND EXISTS (SELECT 1 FROM trust_anchor_sets s, json_each(s.crl_hosts) h
      WHERE s.name = ?1 AND h.value = ?3)
  ON CONFLICT (set_name, url) DO NOTHING`

/** Adds a distribution point if the operator allows its host; null if the URL may not be fetched. */
export function addCrlSource(set: string, text: string, now: number): Statement | null {
  const url = readCrlUrl(text)
  return url === null ? null : statement(FROM_CERTIFICATE, set, url.href, url.host, now)
}

const FROM_PATH = `
  INSERT INTO crl_issuers (set_name, sha256, certificate, added_at) SELECT ?1, ?2, ?3, ?4
  WHERE (SELECT count(*) FROM crl_issuers WHERE set_name = ?1) < ${maxPerSet}
    AND EXISTS (SELECT 1 FROM trust_anchor_sets WHERE name = ?1)
  ON CONFLICT (set_name, sha256) DO NOTHING`

/** Adds a CA below the anchors of a set. @param sha256 of the certificate, lower-case hex */
export const addCrlIssuer = (
  set: string,
  sha256: string,
  certificate: Bytes,
  now: number,
): Statement => statement(FROM_PATH, set, sha256, certificate, now)
