import type { Bytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { type Database, type Statement, statement } from '../storage/database.ts'
import { StoreUnavailable } from '../storage/store-unavailable.ts'
import {
  type Certificate,
  type CrlIndexHeader,
  parseCertificate,
  readCrlIndexHeader,
} from '../x509/index.ts'

/** Lists, sources and issuers of one set, each: more would make every judgement heavy. */
export const maxPerSet = 64

/**
 * A part of a shard, in octets: in hexadecimal it fits into a statement, of which D1 takes 100 KB,
 * also where a command has no other way to send it.
 */
const partSize = 40_000

/**
 * So long shards may stand without a list that names them, in seconds: one is being stored, which by
 * commands of wrangler takes its time.
 */
const storingTakes = 6 * 3600

const CERTIFICATES = `
  SELECT hex(certificate) AS certificate FROM trust_anchors WHERE set_name = ?1
  UNION SELECT hex(certificate) FROM trust_set_intermediates WHERE set_name = ?1
  UNION SELECT hex(certificate) FROM crl_issuers WHERE set_name = ?1`

/** Who may sign lists for a set: its anchors, its intermediates and the CAs met below them. */
export async function signersOf(database: Database, set: string): Promise<Certificate[]> {
  const [rows = []] = await database.batch([statement(CERTIFICATES, set)])
  return rows.flatMap(({ certificate }) => {
    const der = fromHex(String(certificate))
    const parsed = der === null ? null : parseCertificate(der)
    return parsed?.ok ? [parsed.certificate] : []
  })
}

const HEADERS = `SELECT header FROM crl_lists WHERE set_name = ?1 LIMIT ${maxPerSet}`

/** The lists in force of a set. @throws StoreUnavailable where one cannot be read */
export async function headersOf(database: Database, set: string): Promise<CrlIndexHeader[]> {
  const [rows = []] = await database.batch([statement(HEADERS, set)])
  return rows.map(({ header }) => {
    const read = readCrlIndexHeader(header)
    // A list that cannot be read must not become one that says nothing.
    if (read === null || read.anchorSet !== set) {
      throw new StoreUnavailable(`the head of a CRL of ${set} in D1 is malformed`)
    }
    return read
  })
}

const SHARD = `
  SELECT hex(octets) AS octets FROM crl_shards
  WHERE set_name = ?1 AND list_id = ?2 AND number = ?3 ORDER BY part`

/** One shard of a list; null where it is not there (any more). */
export async function readShard(
  database: Database,
  { anchorSet, id }: CrlIndexHeader,
  number: number,
): Promise<Uint8Array | null> {
  const [rows = []] = await database.batch([statement(SHARD, anchorSet, id, number)])
  return rows.length === 0 ? null : fromHex(rows.map(({ octets }) => String(octets)).join(''))
}

const PUT = `
  INSERT INTO crl_shards (set_name, list_id, number, part, stored_at, octets)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (set_name, list_id, number, part)
  DO UPDATE SET octets = excluded.octets, stored_at = excluded.stored_at`

/** Stores the shards of a list that is not in force yet, so many octets in a transaction. */
export async function putShards(
  database: Database,
  { anchorSet, id }: CrlIndexHeader,
  shards: Iterable<Bytes>,
  how: { readonly now: number; readonly octetsPerBatch: number },
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
      if (size + octets.length > how.octetsPerBatch) await flush()
      pending.push(statement(PUT, anchorSet, id, number, part, how.now, octets))
      size += octets.length
    }
    number++
  }
  await flush()
}

// Conditional on the list that was in force when the new one was held against it, and on every shard
// being there: of two that store at a time, one does.
const SWITCH = `
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
 * Puts a list whose shards are stored in the place of another, at once, and deletes what was before.
 * @param replaced the id of the list that is in force, null where there is none
 * @returns false where meanwhile another is
 */
export async function switchTo(
  database: Database,
  header: CrlIndexHeader,
  about: { readonly issuer: string; readonly replaced: string | null; readonly now: number },
): Promise<boolean> {
  const { anchorSet, issuerKey, limits, id, fences } = header
  const scope = limits ?? ''
  const text = JSON.stringify(header)
  const { issuer, replaced, now } = about
  const key = [anchorSet, issuerKey, scope, id] as const
  const [switched = []] = await database.batch([
    statement(SWITCH, ...key, text, issuer.slice(0, 1024), now, fences.length, replaced),
    statement(NEXT_GENERATION, anchorSet, id, now),
    statement(PRUNE, anchorSet, now - storingTakes),
  ])
  return switched.length === 1
}
