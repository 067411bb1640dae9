import { type Database, integerOf, query, textOf } from '../../storage/database.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { command, databaseOptions, jsonOption } from '../command.ts'
import { done, refused } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import { type Anchor, anchorsIn, intermediatesIn } from './anchor-records.ts'
import { type SetSettings, settingsLine, settingsOf } from './settings.ts'

/** Counted no further: a set may have a million clients. */
const mostCounted = 1000

const SETS = `
  SELECT s.name, s.version,
    (SELECT count(*) FROM (SELECT 1 FROM clients c WHERE c.trust_anchor_set = s.name LIMIT ?2))
      AS clients
  FROM trust_anchor_sets s WHERE ?1 IS NULL OR s.name = ?1 ORDER BY s.name`

type AnchorSet = SetSettings & {
  readonly name: string
  readonly version: number
  /** 1000 stands for as many or more. */
  readonly clients: number
  readonly anchors: readonly Anchor[]
  readonly intermediates: readonly Anchor[]
}

/** `ca list`. */
export const caList = command({
  name: 'ca list',
  summary: 'the anchor sets, their certificates and how many clients rely on them',
  operands: '[SET]',
  arity: [0, 1],
  options: { ...jsonOption, ...databaseOptions },
  examples: ['certbound ca list', 'certbound ca list acme-ca --json'],
  async run({ operands: [set], options }, context) {
    const database = await context.open(options)
    const sets = await readSets(database, set ?? null)
    if (set !== undefined && sets.length === 0) {
      return refused(`there is no anchor set ${set}`, '`certbound ca list` names them')
    }
    return done(
      sets.flatMap((one) => setLines(one, context.now)),
      { sets },
      sets.length === 0 ? ['no anchor sets; `certbound ca add SET FILE` makes one'] : [],
    )
  },
})

async function readSets(database: Database, only: string | null): Promise<AnchorSet[]> {
  const sets: AnchorSet[] = []
  for (const row of await query(database, SETS, only, mostCounted)) {
    const name = textOf(row, 'name')
    const settings = await settingsOf(database, name)
    if (settings === null) continue // removed meanwhile
    sets.push({
      ...settings,
      name,
      version: integerOf(row, 'version'),
      clients: integerOf(row, 'clients'),
      anchors: await anchorsIn(database, name),
      intermediates: await intermediatesIn(database, name),
    })
  }
  return sets
}

function setLines(set: AnchorSet, now: number): string[] {
  const { name, version, clients, anchors, intermediates } = set
  const rowOf = (one: Anchor, role: readonly string[]) => {
    // When it begins is in the certificate; what an operator must see coming is the end.
    const life = describeLife({ notBefore: now, notAfter: one.not_after }, now)
    return [`  ${one.sha256}`, ...role, `${formatTime(one.not_after)} (${life})`, one.subject]
  }
  // Who is trusted and who is not must not look alike.
  const roles = intermediates.length === 0 ? [[], []] : [['anchor'], ['intermediate']]
  const rows = [
    ...anchors.map((one) => rowOf(one, roles[0] ?? [])),
    ...intermediates.map((one) => rowOf(one, roles[1] ?? [])),
  ]
  const relying =
    clients < mostCounted ? count(clients, 'client') : `${mostCounted} clients or more`
  const head = `${name}: ${count(anchors.length, 'CA')}, ${relying}, version ${version}`
  return [head, `  ${settingsLine(set)}`, ...columns(rows)]
}
