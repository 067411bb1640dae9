import { type Statement, statement } from './database.ts'

/** A change by an operator. */
export type AuditEntry = {
  /** Seconds since the epoch. */
  readonly at: number
  readonly who: string
  /** Such as `client.disable`. */
  readonly what: string
  /** The client_id, the name of the anchor set or the kid. */
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
}

/** Who makes a change, and when. */
export type AuditedBy = Pick<AuditEntry, 'at' | 'who'>

const INSERT = `
  INSERT INTO audit (at, who, what, subject, before, after)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE changes() > 0`

/**
 * The audit row of the statement before it in a batch. It is written only if that statement changed a row.
 */
export const audited = ({ at, who, what, subject, before, after }: AuditEntry): Statement =>
  statement(INSERT, at, who, what, subject, toJson(before), toJson(after))

/** The entry that a statement of {@link audited} writes, or null for any other statement. */
export function auditEntryOf({ sql, parameters }: Statement): AuditEntry | null {
  if (sql !== INSERT) return null
  const [at, who, what, subject, before, after] = parameters
  return {
    at: Number(at),
    who: String(who),
    what: String(what),
    subject: String(subject),
    before: JSON.parse(String(before)),
    after: JSON.parse(String(after)),
  }
}

const toJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
