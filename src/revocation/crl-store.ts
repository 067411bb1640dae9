import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import {
  type Database,
  integerOf,
  integerOrNull,
  query,
  type Statement,
  statement,
  textOf,
  textOrNull,
} from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import {
  type Certificate,
  type CrlIndexHeader,
  parseCertificate,
  readCrlIndexHeader,
} from '../x509/index.ts'

/** The limit for CRLs, sources and issuers of one set, each: every verification reads the CRLs. */
export const maxPerSet = 64

/**
 * The size of a part of a shard, in octets. D1 takes 100 KB for a statement, and wrangler can only send
 * the part as hex inside the statement.
 */
const partSize = 40_000

/**
 * How long shards may exist before a CRL names them, in seconds. `ca refresh --remote` stores them one
 * wrangler command at a time.
 */
const maxStoringTime = 6 * 3600

const CERTIFICATES = `
  SELECT hex(certificate) AS certificate FROM trust_anchors WHERE set_name = ?1
  UNION SELECT hex(certificate) FROM trust_set_intermediates WHERE set_name = ?1
  UNION SELECT hex(certificate) FROM crl_issuers WHERE set_name = ?1`

/** The certificates that may sign CRLs of a set: anchors, intermediates and CAs seen below them. */
export async function crlSigners(database: Database, set: string): Promise<Certificate[]> {
  return (await query(database, CERTIFICATES, set)).flatMap(({ certificate }) => {
    const der = fromHex(String(certificate))
    const parsed = der === null ? null : parseCertificate(der)
    return parsed?.ok ? [parsed.certificate] : []
  })
}

const HEADERS = `SELECT header FROM crl_lists WHERE set_name = ?1 LIMIT ${maxPerSet}`

/** The headers of the CRLs in force. @throws StoreUnavailable if one cannot be read */
export async function crlHeaders(database: Database, set: string): Promise<CrlIndexHeader[]> {
  return (await query(database, HEADERS, set)).map(({ header }) => {
    const read = readCrlIndexHeader(header)
    // Skipping it would turn a revoked certificate into one without a CRL.
    if (read === null || read.anchorSet !== set) {
      throw new StoreUnavailable(`a CRL header of ${set} in D1 is malformed`)
    }
    return read
  })
}

const SHARD = `
  SELECT hex(octets) AS octets FROM crl_shards
  WHERE set_name = ?1 AND list_id = ?2 AND number = ?3 ORDER BY part`

/** One shard of a CRL; null if it does not exist (any more). */
export async function readShard(
  database: Database,
  { anchorSet, id }: CrlIndexHeader,
  number: number,
): Promise<Uint8Array | null> {
  const rows = await query(database, SHARD, anchorSet, id, number)
  return rows.length === 0 ? null : fromHex(rows.map(({ octets }) => String(octets)).join(''))
}

const PUT = `
  INSERT INTO crl_shards (set_name, list_id, number, part, stored_at, octets)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (set_name, list_id, number, part)
  DO UPDATE SET octets = excluded.octets, stored_at = excluded.stored_at`

/** How CRLs are written. `now` in seconds since the epoch. */
export type WriteOptions = {
  readonly now: number
  /** The size of the shards in one transaction. */
  readonly octetsPerBatch: number
}

/** Stores the shards of a CRL that is not in force yet. */
export async function putShards(
  database: Database,
  { anchorSet, id }: CrlIndexHeader,
  shards: Iterable<Bytes>,
  { now, octetsPerBatch }: WriteOptions,
): Promise<void> {
  let pending: Statement[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    if (pending.length > 0) await database.batch(pending)
    pending = []
    size = 0
  }
  let number = 0
  for (const shard of shards) {
    for (let part = 0; part * partSize < shard.length; part++) {
      const octets = shard.slice(part * partSize, (part + 1) * partSize)
      if (size + octets.length > octetsPerBatch) await flush()
      pending.push(statement(PUT, anchorSet, id, number, part, now, octets))
      size += octets.length
    }
    number++
  }
  await flush()
}

// Conditional on the CRL that the new one was compared with, and on every shard being there: of two
// writers at the same time, one succeeds.
const REPLACE = `
  INSERT INTO crl_lists (set_name, issuer_key, scope, id, previous_id, header, issuer, stored_at)
  SELECT ?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7
  WHERE (SELECT count(*) FROM crl_shards WHERE set_name = ?1 AND list_id = ?4 AND part = 0) = ?8
    AND (?9 IS NOT NULL OR (SELECT count(*) FROM crl_lists WHERE set_name = ?1) < ${maxPerSet})
  ON CONFLICT (set_name, issuer_key, scope) DO UPDATE
  SET previous_id = id, id = excluded.id, header = excluded.header, issuer = excluded.issuer,
    stored_at = excluded.stored_at
  WHERE crl_lists.id IS ?9
  RETURNING id`

const NEXT_GENERATION = `
  UPDATE trust_anchor_sets SET crl_generation = crl_generation + 1
  WHERE name = ?1
    AND EXISTS (SELECT 1 FROM crl_lists WHERE set_name = ?1 AND id = ?2 AND stored_at = ?3)`

const PRUNE = `
  DELETE FROM crl_shards WHERE set_name = ?1 AND stored_at < ?2 AND list_id NOT IN (
    SELECT id FROM crl_lists WHERE set_name = ?1
    UNION SELECT previous_id FROM crl_lists WHERE set_name = ?1 AND previous_id IS NOT NULL)`

/**
 * Puts a CRL whose shards are stored into force, in one transaction, and deletes shards that are no longer
 * needed.
 * @param replaced the id of the CRL in force, null if there is none
 * @returns false if another CRL came into force in the meantime
 */
export async function putInForce(
  database: Database,
  header: CrlIndexHeader,
  { issuer, replaced, now }: { issuer: string; replaced: string | null; now: number },
): Promise<boolean> {
  const { anchorSet, issuerKey, limits, id, fences } = header
  const key = [anchorSet, issuerKey, limits ?? '', id] as const
  const text = JSON.stringify(header)
  const [replacement] = await database.batch([
    statement(REPLACE, ...key, text, issuer.slice(0, 1024), now, fences.length, replaced),
    statement(NEXT_GENERATION, anchorSet, id, now),
    statement(PRUNE, anchorSet, now - maxStoringTime),
  ])
  return replacement?.length === 1
}

const CRLS = `
  SELECT issuer, issuer_key, header, stored_at FROM crl_lists
  WHERE set_name = ?1 ORDER BY issuer, issuer_key, scope`

const SOURCES = `
  SELECT url, origin, fetched_at, next_attempt_at, error FROM crl_sources
  WHERE set_name = ?1 ORDER BY url`

/** The CRLs of a set and their sources, in the names that `--json` uses. Times in seconds. */
export type CrlStatus = Awaited<ReturnType<typeof readCrlStatus>>

/** Reads the CRLs in force of a set, and its sources with the result of the last fetch. */
export async function readCrlStatus(database: Database, set: string, now: number) {
  const [crlRows = [], sourceRows = []] = await database.batch([
    statement(CRLS, set),
    statement(SOURCES, set),
  ])
  const crls = crlRows.map((row) => {
    const header = readCrlIndexHeader(textOf(row, 'header'))
    const { crlNumber = null, entries = 0, thisUpdate = 0, nextUpdate = 0 } = header ?? {}
    return {
      issuer: textOf(row, 'issuer'),
      issuer_key: textOf(row, 'issuer_key'),
      crl_number: crlNumber,
      entries,
      this_update: thisUpdate,
      next_update: nextUpdate,
      stored_at: integerOf(row, 'stored_at'),
      age: now - thisUpdate,
      stale: now > nextUpdate,
    }
  })
  const sources = sourceRows.map((row) => ({
    url: textOf(row, 'url'),
    origin: textOf(row, 'origin'),
    fetched_at: integerOrNull(row, 'fetched_at'),
    next_attempt_at: integerOf(row, 'next_attempt_at'),
    error: textOrNull(row, 'error'),
  }))
  return { crls, sources }
}
