import { type Statement, statement } from '../../storage/database.ts'

// Right behind an audit row: where that was written, the set has changed.
const RAISE_VERSION = `
  UPDATE trust_anchor_sets SET version = version + 1
  WHERE name = ?1 AND changes() > 0 RETURNING version`

/** Raises the version of a set, where the statement right before it in the batch changed a row. */
export const raiseVersion = (set: string): Statement => statement(RAISE_VERSION, set)
