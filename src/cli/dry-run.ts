import { auditEntryOf } from '../storage/audit-row.ts'
import { type Statement, statement } from '../storage/database.ts'
import { differenceLines } from './audit.ts'
import type { OpenDatabase } from './database/database.ts'
import { done, nothingChanged, type Outcome } from './outcome.ts'

/** Ends a command that runs with `--dry-run` where it would have written. */
export class DryRunEnd extends Error {
  override readonly name = 'DryRunEnd'
  readonly statements: readonly Statement[]
  constructor(statements: readonly Statement[]) {
    super('a dry run ends before it writes')
    this.statements = statements
  }
}

const mark = 'certbound dry run'

// SQLite refuses the path, and an error rolls the whole transaction back.
const rollBack = statement(`SELECT json_extract('{}', '${mark}')`)

/**
 * A database for `--dry-run`. Reads are answered. The first batch that writes is tried in a transaction
 * that is rolled back, so that the rules of the schema are checked too.
 * @throws DryRunEnd from `batch` where the batch would have been written
 */
export const dryRunDatabase = (database: OpenDatabase): OpenDatabase => ({
  async batch(statements) {
    if (statements.every(({ sql }) => /^\s*SELECT\b/i.test(sql))) return database.batch(statements)
    try {
      await database.batch([...statements, rollBack])
    } catch (fault) {
      if (String(fault).includes(mark)) throw new DryRunEnd(statements)
      throw fault
    }
    throw new Error('the database did not roll back a dry run')
  },
  close: () => database.close(),
})

/** What a dry run prints: the audit rows that the command would have written. */
export function dryRunOutcome({ statements }: DryRunEnd): Outcome {
  const changes = statements.flatMap((one) => {
    const entry = auditEntryOf(one)
    if (entry === null) return []
    const { what, subject, before, after } = entry
    return [{ what, subject, before, after }]
  })
  const lines = changes.flatMap(({ what, subject, before, after }) => [
    `${what}  ${subject}`,
    ...differenceLines(before, after),
  ])
  return done(lines, { dry_run: true, changes }, [nothingChanged])
}
