import { type Database, integerOf, query, type Row, textOf } from '../database/database.ts'

/** A certificate of a set. Times in seconds since the epoch. */
export type Anchor = {
  /** Lower-case hex. */
  readonly sha256: string
  readonly subject: string
  readonly not_after: number
  readonly added_at: number
}

/** More would make every lookup of a client heavy. */
export const maxAnchors = 64

const ANCHORS = `
  SELECT sha256, subject, not_after, added_at FROM trust_anchors
  WHERE set_name = ?1 ORDER BY added_at, sha256`

// One row beyond the bound tells that there are more; a count would read them all.
const CLIENTS = `
  SELECT client_id FROM clients WHERE trust_anchor_set = ?1 ORDER BY client_id LIMIT ?2`

/** The certificates of a set, in the order in which they were added; none where there is no set. */
export const anchorsIn = async (database: Database, set: string): Promise<Anchor[]> =>
  (await query(database, ANCHORS, set)).map(anchorOf)

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
