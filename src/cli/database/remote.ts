import { constraintViolation, type Row } from '../../storage/database.ts'
import { OperatorFault } from '../outcome.ts'
import type { OpenDatabase } from './database.ts'
import { inlineParameters } from './literal.ts'
import type { Ended, RunWrangler } from './wrangler.ts'

/** Linux takes 128 KiB for one argument, Windows 32 KiB for all; D1 takes 100 KB for a statement. */
export const longestCommand = process.platform === 'win32' ? 30_000 : 96_000

/**
 * The deployed database, through `wrangler d1 execute`.
 * @param target which database, in words of wrangler: `['DB', '--remote']`
 */
export const remoteDatabase = (run: RunWrangler, target: readonly string[]): OpenDatabase => ({
  async batch(statements) {
    // D1 runs the statements of one command as one transaction.
    const sql = statements.map(inlineParameters).join('; ')
    if (sql.length > longestCommand) {
      throw new OperatorFault(`this is ${sql.length} characters of SQL, too much for one command`, [
        'give fewer or smaller certificates at a time',
      ])
    }
    const ended = await run(['d1', 'execute', ...target, '--json', '--yes', '--command', sql])
    return readAnswer(ended, statements.length)
  },
  async close() {},
})

/** The rows in what wrangler printed. */
function readAnswer({ status, stdout, stderr }: Ended, expected: number): Row[][] {
  const answer = fromJson(stdout)
  if (status === 0 && Array.isArray(answer) && answer.length === expected) {
    return answer.map((one) => one.results)
  }
  const words = errorText(answer) ?? (`${stderr}\n${stdout}`.trim() || `exit status ${status}`)
  throw (
    constraintViolation(words, undefined) ??
    new OperatorFault(`wrangler could not ask the database: ${words}`, [
      'look whether `npx wrangler whoami` knows you, and whether wrangler.toml has the database_id',
    ])
  )
}

/** wrangler prints failures under --json as {"error": {"text": ..., "notes": [{"text": ...}]}}. */
function errorText(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return null
  const { error } = answer
  if (typeof error !== 'object' || error === null) return String(error)
  const texts = 'text' in error ? [String(error.text)] : []
  if ('notes' in error && Array.isArray(error.notes)) {
    texts.push(...error.notes.map((note: { text?: unknown }) => String(note?.text)))
  }
  return texts.length > 0 ? texts.join('; ') : JSON.stringify(error)
}

/** JSON that may stand behind a banner line. */
function fromJson(text: string): unknown {
  const start = text.search(/^[[{]/m)
  try {
    return start < 0 ? undefined : JSON.parse(text.slice(start))
  } catch {
    return undefined
  }
}
