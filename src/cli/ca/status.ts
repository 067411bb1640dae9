import {
  type Database,
  integerOf,
  integerOrNull,
  query,
  textOf,
  textOrNull,
} from '../../storage/database.ts'
import { readCrlIndexHeader } from '../../x509/index.ts'
import { command, databaseOptions, jsonOption } from '../command.ts'
import { done, failedCheck, refused } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import { type Anchor, intermediatesIn } from './anchor-records.ts'

const SETS = `
  SELECT name, revocation, crl_generation FROM trust_anchor_sets
  WHERE ?1 IS NULL OR name = ?1 ORDER BY name`

const LISTS = `
  SELECT issuer, issuer_key, header, stored_at FROM crl_lists
  WHERE set_name = ?1 ORDER BY issuer, issuer_key, scope`

const SOURCES = `
  SELECT url, origin, fetched_at, next_attempt_at, error FROM crl_sources
  WHERE set_name = ?1 ORDER BY url`

/** A list in force. Times in seconds since the epoch. */
type ListStatus = {
  readonly issuer: string
  readonly issuer_key: string
  readonly crl_number: string | null
  readonly entries: number
  readonly this_update: number
  readonly next_update: number
  readonly stored_at: number
  /** Since thisUpdate, in seconds. */
  readonly age: number
  readonly stale: boolean
}

type SourceStatus = {
  readonly url: string
  readonly origin: string
  readonly fetched_at: number | null
  readonly next_attempt_at: number
  readonly error: string | null
}

type SetStatus = {
  readonly name: string
  readonly revocation: string
  readonly generation: number
  readonly intermediates: readonly Anchor[]
  readonly lists: readonly ListStatus[]
  readonly sources: readonly SourceStatus[]
}

/** `ca status`. */
export const caStatus = command({
  name: 'ca status',
  summary: 'intermediates, the CRLs in force, where they come from, and what went wrong',
  operands: '[SET]',
  about: [
    'The status is 1 where a set asks CRLs and has none, a stale one, or a source that fails, and where',
    'an intermediate of a set has expired.',
  ],
  arity: [0, 1],
  options: { ...jsonOption, ...databaseOptions },
  examples: ['certbound ca status', 'certbound ca status acme-ca --json'],
  async run({ operands: [set], options }, context) {
    const database = await context.open(options)
    const sets: SetStatus[] = []
    for (const row of await query(database, SETS, set ?? null)) {
      const name = textOf(row, 'name')
      sets.push({
        ...{ name, revocation: textOf(row, 'revocation') },
        generation: integerOf(row, 'crl_generation'),
        intermediates: await intermediatesIn(database, name),
        lists: await listsOf(database, name, context.now),
        sources: await sourcesOf(database, name),
      })
    }
    if (set !== undefined && sets.length === 0) {
      return refused(`there is no anchor set ${set}`, '`certbound ca list` names them')
    }
    const problems = sets.flatMap((one) => [...expiredIn(one, context.now), ...problemsOf(one)])
    const finish = problems.length === 0 ? done : failedCheck
    return finish(
      sets.flatMap((one) => linesOf(one)),
      { sets },
      problems,
    )
  },
})

async function listsOf(database: Database, set: string, now: number): Promise<ListStatus[]> {
  const rows = await query(database, LISTS, set)
  return rows.map((row) => {
    const header = readCrlIndexHeader(textOf(row, 'header'))
    const { crlNumber = null, entries = 0, thisUpdate = 0, nextUpdate = 0 } = header ?? {}
    return {
      ...{ issuer: textOf(row, 'issuer'), issuer_key: textOf(row, 'issuer_key') },
      ...{ crl_number: crlNumber, entries, this_update: thisUpdate, next_update: nextUpdate },
      ...{ stored_at: integerOf(row, 'stored_at'), age: now - thisUpdate, stale: now > nextUpdate },
    }
  })
}

const sourcesOf = async (database: Database, set: string): Promise<SourceStatus[]> =>
  (await query(database, SOURCES, set)).map((row) => ({
    ...{ url: textOf(row, 'url'), origin: textOf(row, 'origin') },
    fetched_at: integerOrNull(row, 'fetched_at'),
    next_attempt_at: integerOf(row, 'next_attempt_at'),
    error: textOrNull(row, 'error'),
  }))

const expiredIn = ({ name, intermediates }: SetStatus, now: number): string[] =>
  intermediates
    .filter(({ not_after }) => not_after < now)
    .map(
      ({ sha256, subject }) =>
        `${name}: an expired intermediate: ${subject}: \`certbound ca remove-intermediate ${name} ${sha256.slice(0, 16)}\``,
    )

function problemsOf({ name, revocation, lists, sources }: SetStatus): string[] {
  if (revocation === 'off') return []
  return [
    ...(lists.length === 0 ? [`${name}: no CRL in force: \`certbound ca refresh ${name}\``] : []),
    ...lists
      .filter(({ stale }) => stale)
      .map(
        ({ issuer, next_update }) => `${name}: stale since ${formatTime(next_update)}: ${issuer}`,
      ),
    ...sources.flatMap(({ url, error }) => (error === null ? [] : [`${name}: ${url}: ${error}`])),
  ]
}

function linesOf(set: SetStatus): string[] {
  const { name, revocation, generation, intermediates, lists, sources } = set
  const intermediateRows = intermediates.map(({ not_after, subject }) => [
    '  intermediate',
    `until ${formatTime(not_after)}`,
    subject,
  ])
  const listRows = lists.map((list) => [
    `  ${list.stale ? 'stale' : 'current'}`,
    `number ${list.crl_number ?? 'none'}`,
    `${list.entries} revoked`,
    `${formatTime(list.this_update)} (${ageText(list.age)} old)`,
    `until ${formatTime(list.next_update)}`,
    list.issuer,
  ])
  const sourceRows = sources.map((source) => [
    `  ${source.origin === 'operator' ? 'from' : 'from (certificate)'}`,
    source.url,
    source.fetched_at === null ? 'never fetched' : `fetched ${formatTime(source.fetched_at)}`,
    source.error ?? 'in order',
  ])
  const head = `${name}: revocation ${revocation}, ${count(lists.length, 'CRL')}, generation ${generation}`
  return [head, ...columns(intermediateRows), ...columns(listRows), ...columns(sourceRows)]
}

const ageText = (seconds: number): string =>
  seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
