import { isRecord } from '../../encoding/is-record.ts'
import { constraintViolation, type Row } from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'
import { inlineParameters } from './literal.ts'
import type { Ended, RunWrangler } from './wrangler.ts'

/** Linux accepts 128 KiB for one argument, Windows 32 KiB for all; D1 accepts 100 KB for a statement. */
export const maxSqlLength = process.platform === 'win32' ? 30_000 : 96_000

/**
 * The deployed database, through `wrangler d1 execute`.
 * @param target the database, as arguments of wrangler: `['DB', '--remote']`
 */
export const remoteDatabase = (run: RunWrangler, target: readonly string[]): OpenDatabase => ({
  async batch(statements) {
    // D1 runs the statements of one command as one transaction.
    const sql = statements.map(inlineParameters).join('; ')
    if (sql.length > maxSqlLength) {
      throw new OperatorFault(`${sql.length} characters of SQL are too much for one command`, [
        'pass fewer or smaller certificates at a time',
      ])
    }
    const ended = await run(['d1', 'execute', ...target, '--json', '--yes', '--command', sql])
    return readAnswer(ended, statements.length)
  },
  async close() {},
})

/** Reads the rows that wrangler printed. */
function readAnswer({ status, stdout, stderr }: Ended, expected: number): Row[][] {
  const answer = fromJson(stdout)
  if (status === 0 && Array.isArray(answer) && answer.length === expected) {
    return answer.map((one) => one.results)
  }
  const problem = errorText(answer) ?? (`${stderr}\n${stdout}`.trim() || `exit status ${status}`)
  throw (
    constraintViolation(problem, undefined) ??
    new OperatorFault(`wrangler could not query the database: ${problem}`, [
      'check that `npx wrangler whoami` shows your account, and the database_id in wrangler.toml',
    ])
  )
}

/** With --json, wrangler prints a failure as {"error": {"text": ..., "notes": [{"text": ...}]}}. */
function errorText(answer: unknown): string | null {
  if (!isRecord(answer) || answer.error === undefined) return null
  const { error } = answer
  if (!isRecord(error)) return String(error)
  const notes = Array.isArray(error.notes) ? error.notes : []
  const texts = [error, ...notes].flatMap((one) => (isRecord(one) ? (one.text ?? []) : []))
  return texts.length > 0 ? texts.join('; ') : JSON.stringify(error)
}

/** Parses JSON that may follow a banner line. */
function fromJson(text: string): unknown {
  const start = text.search(/^[[{]/m)
  try {
    return start < 0 ? undefined : JSON.parse(text.slice(start))
  } catch {
    return undefined
  }
}
