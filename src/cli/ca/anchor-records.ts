import { err, ok, type Result } from '../../encoding/result.ts'
import { type Database, integerOf, query, type Row, textOf } from '../../storage/database.ts'

/** A certificate of a set: an anchor or an intermediate. Times in seconds since the epoch. */
export type Anchor = {
  /** Lower-case hex. */
  readonly sha256: string
  readonly subject: string
  readonly not_after: number
  readonly added_at: number
}

/** More would make every lookup of a client heavy. */
export const maxAnchors = 64

/** The same, and a real CA has two or three below its root. */
export const maxIntermediates = 16

/** Of all intermediates of a set, in DER: reading them costs about 0.2 ms a kilobyte. */
export const maxIntermediateOctets = 32_768

const ANCHORS = `
  SELECT sha256, subject, not_after, added_at FROM trust_anchors
  WHERE set_name = ?1 ORDER BY added_at, sha256`

// One row beyond the bound tells that there are more; a count would read them all.
const CLIENTS = `
  SELECT client_id FROM clients WHERE trust_anchor_set = ?1 ORDER BY client_id LIMIT ?2`

/** The certificates of a set, in the order in which they were added; none where there is no set. */
export const anchorsIn = async (database: Database, set: string): Promise<Anchor[]> =>
  (await query(database, ANCHORS, set)).map(anchorOf)

const INTERMEDIATES = `
  SELECT sha256, subject, not_after, added_at, length(certificate) AS octets
  FROM trust_set_intermediates WHERE set_name = ?1 ORDER BY added_at, sha256`

/** The intermediates of a set, in the order in which they were added, with their sizes. */
export const intermediatesIn = async (
  database: Database,
  set: string,
): Promise<(Anchor & { readonly octets: number })[]> =>
  (await query(database, INTERMEDIATES, set)).map((row) => ({
    ...anchorOf(row),
    octets: integerOf(row, 'octets'),
  }))

/**
 * The one certificate that the beginning of a fingerprint names, eight digits or more.
 * @param fingerprint SHA-256 in hex of either case, with or without colons
 * @returns it, or how many there are of that beginning
 */
export function namedBy<T extends Anchor>(
  fingerprint: string,
  among: readonly T[],
): Result<T, number> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase()
  const found = among.filter(({ sha256 }) => wanted.length >= 8 && sha256.startsWith(wanted))
  const [one] = found
  return one !== undefined && found.length === 1 ? ok(one) : err(found.length)
}

/** Up to `limit` clients that are registered under a set. */
export const clientsUnder = async (
  database: Database,
  set: string,
  limit: number,
): Promise<string[]> =>
  (await query(database, CLIENTS, set, limit)).map((row) => textOf(row, 'client_id'))

const anchorOf = (row: Row): Anchor => ({
  sha256: textOf(row, 'sha256'),
  subject: textOf(row, 'subject'),
  not_after: integerOf(row, 'not_after'),
  added_at: integerOf(row, 'added_at'),
})
