import { integerOf, query, type Row, textOf, textOrNull } from '../storage/database.ts'
import { command, databaseOptions, jsonOption } from './command.ts'
import { done, usage } from './outcome.ts'
import { briefJson, formatTime } from './terminal.ts'

const LIST = `
  SELECT id, at, who, what, subject, before, after FROM audit
  WHERE id < ?1 ORDER BY id DESC LIMIT ?2`

const LIST_SUBJECT = `
  SELECT id, at, who, what, subject, before, after FROM audit
  WHERE subject = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2`

const ordinaryLimit = 50

/** `audit list`. */
export const auditList = command({
  name: 'audit list',
  summary: 'who changed what, the latest first',
  operands: '[SUBJECT]',
  about: ['SUBJECT is a client_id, the name of an anchor set or a kid.'],
  arity: [0, 1],
  options: {
    limit: { type: 'string', value: 'N', help: `how many (default ${ordinaryLimit})` },
    before: { type: 'string', value: 'ID', help: 'go on below this row' },
    ...jsonOption,
    ...databaseOptions,
  },
  examples: ['certbound audit list', 'certbound audit list acme-ltd --json'],
  async run({ operands: [subject], options }, context) {
    const limit = Number(options.limit ?? ordinaryLimit)
    const before = Number(options.before ?? Number.MAX_SAFE_INTEGER)
    if (
      !(limit >= 1 && limit <= 1000 && Number.isInteger(limit)) ||
      !Number.isSafeInteger(before)
    ) {
      return usage('--limit wants 1 to 1000, --before the id of a row')
    }
    const database = await context.open(options)
    const rows =
      subject === undefined
        ? await query(database, LIST, before, limit)
        : await query(database, LIST_SUBJECT, before, limit, subject)
    const last = rows.at(-1)
    const more = rows.length === limit && last !== undefined
    return done(
      rows.flatMap(shown),
      { entries: rows.map(entryOf) },
      more ? [`more: --before ${integerOf(last, 'id')}`] : rows.length === 0 ? ['nothing yet'] : [],
    )
  },
})

const entryOf = (row: Row) => ({
  id: integerOf(row, 'id'),
  at: integerOf(row, 'at'),
  who: textOf(row, 'who'),
  what: textOf(row, 'what'),
  subject: textOf(row, 'subject'),
  before: fromJson(row, 'before'),
  after: fromJson(row, 'after'),
})

const fromJson = (row: Row, column: string): unknown =>
  JSON.parse(textOrNull(row, column) ?? 'null')

function shown(row: Row): string[] {
  const { id, at, who, what, subject, before, after } = entryOf(row)
  return [
    `${id}  ${formatTime(at)}  ${what}  ${subject}  by ${who}`,
    ...differences(before, after).map((line) => `    ${line}`),
  ]
}

/** What differs between two states, a line for each member. */
function differences(before: unknown, after: unknown): string[] {
  const [old, young] = [members(before), members(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])]
  return names.flatMap((name) => {
    const [a, b] = [old[name], young[name]]
    if (JSON.stringify(a) === JSON.stringify(b)) return []
    if (a === undefined) return [`${name}: ${briefJson(b)}`]
    if (b === undefined) return [`${name}: was ${briefJson(a)}`]
    return [`${name}: ${briefJson(a)} -> ${briefJson(b)}`]
  })
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : value === null ? {} : { is: value }
