import { audited } from '../../storage/audit-row.ts'
import { type Database, integerOf, query, statement, textOf } from '../../storage/database.ts'
import type { Context } from '../context.ts'

/** What the Worker is asked to do: it alone holds the key-encryption key. */
export type Intent =
  | { readonly what: 'generate'; readonly activateAt: number }
  | { readonly what: 'rewrap' }

const INSERT = `
  INSERT INTO key_intents (what, activate_at, requested_at)
  SELECT ?1, ?2, ?3
  WHERE NOT EXISTS (SELECT 1 FROM key_intents WHERE what = ?1 AND done_at IS NULL)
  RETURNING id`

const OUTCOME = 'SELECT outcome FROM key_intents WHERE id = ?1 AND done_at IS NOT NULL'

const pollEvery = 500 // milliseconds

/**
 * Asks the Worker.
 * @returns the number of the request, or null where an earlier one of its kind is not done yet
 */
export async function requestIntent(
  database: Database,
  context: Context,
  who: string,
  intent: Intent,
): Promise<number | null> {
  const activateAt = intent.what === 'generate' ? intent.activateAt : null
  const [rows] = await database.batch([
    statement(INSERT, intent.what, activateAt, context.now),
    audited({
      at: context.now,
      who,
      what: intent.what === 'generate' ? 'key.rotate' : 'key.rewrap',
      subject: 'signing-keys',
      before: null,
      after: activateAt === null ? {} : { activate_at: activateAt },
    }),
  ])
  const [row] = rows ?? []
  return row === undefined ? null : integerOf(row, 'id')
}

/**
 * Waits until the Worker has done it.
 * @param seconds how long at most
 * @returns what came of it, or null where it is not done yet
 */
export async function awaitIntent(
  database: Database,
  context: Context,
  id: number,
  seconds: number,
): Promise<string | null> {
  const until = context.elapsed() + seconds
  for (;;) {
    const [row] = await query(database, OUTCOME, id)
    if (row !== undefined) return textOf(row, 'outcome')
    if (context.elapsed() >= until) return null
    await context.pause(pollEvery)
  }
}
