import { clientsOfSet, type Member, readStoredSets } from '../../trust-anchors/stored-set.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { command, databaseOptions } from '../command.ts'
import { done } from '../outcome.ts'
import { columns, count, formatTime } from '../terminal.ts'
import { unknownSet } from './read-cas.ts'
import { settingsLine } from './set.ts'

/** A set may have a million clients: more are not counted. */
const mostCounted = 1000

export const caList = command({
  name: 'ca list',
  summary: 'list the trust anchor sets, their CAs and how many clients use them',
  operands: '[SET]',
  options: databaseOptions,
  examples: ['certbound ca list', 'certbound ca list acme-ca --json'],
  async run({ operands: [only], options }, context) {
    const database = await context.open(options)
    const sets: unknown[] = []
    const lines: string[] = []
    for (const set of await readStoredSets(database, only)) {
      const { name, settings, version, anchors, intermediates } = set
      const clients = (await clientsOfSet(database, name, mostCounted)).length
      sets.push({
        ...settings,
        name,
        version,
        clients,
        anchors: anchors.map(memberJson),
        intermediates: intermediates.map(memberJson),
      })
      const used =
        clients < mostCounted ? count(clients, 'client') : `${mostCounted} clients or more`
      // An anchor and an intermediate must not look alike: only the anchor is trusted.
      const withRole = intermediates.length > 0
      const rowOf = (member: Member, role: string): string[] => {
        const { sha256, notAfter, subject } = member
        const life = describeLife({ notBefore: context.now, notAfter }, context.now)
        const rest = [`${formatTime(notAfter)} (${life})`, subject]
        return withRole ? [`  ${sha256}`, role, ...rest] : [`  ${sha256}`, ...rest]
      }
      const rows = [
        ...anchors.map((one) => rowOf(one, 'anchor')),
        ...intermediates.map((one) => rowOf(one, 'intermediate')),
      ]
      lines.push(`${name}: ${count(anchors.length, 'CA')}, ${used}, version ${version}`)
      lines.push(`  ${settingsLine(settings)}`, ...columns(rows))
    }
    if (only !== undefined && sets.length === 0) return unknownSet(only)
    const next = sets.length === 0 ? ['no sets yet: `certbound ca add SET FILE` makes one'] : []
    return done(lines, { sets }, next)
  },
})

/** A member in the names that `--json` uses. */
export const memberJson = ({ sha256, subject, notAfter, addedAt, der }: Member) => ({
  sha256,
  subject,
  not_after: notAfter,
  added_at: addedAt,
  octets: der.length,
})
