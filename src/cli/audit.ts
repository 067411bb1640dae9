import { err, ok } from '../encoding/result.ts'
import { readBy } from '../encoding/schema.ts'
import { integerOf, query, type Row, textOf, textOrNull } from '../storage/database.ts'
import { command, databaseOptions } from './command.ts'
import { done } from './outcome.ts'
import { briefJson, formatTime } from './terminal.ts'

const LIST = `
  SELECT id, at, who, what, subject, before, after FROM audit
  WHERE id < ?1 ORDER BY id DESC LIMIT ?2`

const LIST_SUBJECT = `
  SELECT id, at, who, what, subject, before, after FROM audit
  WHERE subject = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2`

const defaultLimit = 50
const limit = readBy((text) =>
  /^[1-9]\d{0,3}$/.test(String(text)) && Number(text) <= 1000
    ? ok(Number(text))
    : err('want 1 to 1000'),
)
const rowId = readBy((text) =>
  /^\d{1,15}$/.test(String(text)) ? ok(Number(text)) : err('want the id of a row'),
)

export const auditList = command({
  name: 'audit list',
  summary: 'list who changed what, the latest first',
  operands: '[SUBJECT]',
  about: ['SUBJECT is a client_id, the name of a trust anchor set or a kid.'],
  options: {
    limit: { value: 'N', help: `how many (default ${defaultLimit})`, schema: limit },
    before: { value: 'ID', help: 'only rows older than this one', schema: rowId },
    ...databaseOptions,
  },
  examples: ['certbound audit list', 'certbound audit list acme-ltd --json'],
  async run({ operands: [subject], options }, context) {
    const { limit = defaultLimit, before = Number.MAX_SAFE_INTEGER } = options
    const database = await context.open(options)
    const rows =
      subject === undefined
        ? await query(database, LIST, before, limit)
        : await query(database, LIST_SUBJECT, before, limit, subject)
    const last = rows.at(-1)
    const more = rows.length === limit && last !== undefined
    return done(
      rows.flatMap(entryLines),
      { entries: rows.map(entryOf) },
      more
        ? [`more: --before ${integerOf(last, 'id')}`]
        : rows.length === 0
          ? ['no changes yet']
          : [],
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

function entryLines(row: Row): string[] {
  const { id, at, who, what, subject, before, after } = entryOf(row)
  return [
    `${id}  ${formatTime(at)}  ${what}  ${subject}  by ${who}`,
    ...differenceLines(before, after),
  ]
}

/** What differs between two states, an indented line for each member. */
export function differenceLines(before: unknown, after: unknown): string[] {
  const old = members(before)
  const changed = members(after)
  const names = new Set([...Object.keys(old), ...Object.keys(changed)])
  return [...names].flatMap((name) => {
    const from = briefJson(old[name])
    const to = briefJson(changed[name])
    if (JSON.stringify(old[name]) === JSON.stringify(changed[name])) return []
    if (!(name in old)) return [`    ${name}: ${to}`]
    return [`    ${name}: ${name in changed ? `${from} -> ${to}` : `was ${from}`}`]
  })
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : value === null ? {} : { is: value }
