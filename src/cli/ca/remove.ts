import type { Database } from '../../storage/database.ts'
import { removeMember, removeSet } from '../../trust-anchors/change-set.ts'
import { clientsOfSet, memberBy, readStoredSet } from '../../trust-anchors/stored-set.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { count } from '../terminal.ts'
import { refusedSet, unknownSet } from './read-cas.ts'

export const caRemove = command({
  name: 'ca remove',
  summary: 'remove a CA, or a whole set',
  operands: 'SET [FINGERPRINT]',
  about: [
    'FINGERPRINT is SHA-256 in hex, or its first eight digits or more. A set that clients use cannot be',
    'removed, and neither can its last CA.',
  ],
  options: changeOptions,
  examples: ['certbound ca remove acme-ca 3f9a1c22', 'certbound ca remove acme-ca'],
  async run({ operands: [name = '', fingerprint], options }, context) {
    const database = await context.open(options)
    const set = await readStoredSet(database, name)
    if (set === null) return unknownSet(name)
    const by = auditedBy(options, context)
    if (fingerprint === undefined) {
      if (!(await removeSet(database, set, by))) return inUse(database, name, name)
      const removed = set.anchors.map(({ sha256 }) => sha256)
      const line = `the set ${name} is removed, with ${count(removed.length, 'CA')}`
      return done([line], { set: name, removed })
    }
    const anchor = memberBy(fingerprint, set.anchors)
    if (!anchor.ok) {
      const hint = 'to remove an intermediate: `certbound ca remove-intermediate`'
      return notOne(`${anchor.error} CAs`, name, fingerprint, hint)
    }
    const { sha256, subject } = anchor.value
    const removed = await removeMember(database, set, anchor.value, by)
    if (!removed) return inUse(database, name, `the last CA of ${name}`)
    return done([`${subject} is removed from ${name}`], { set: name, removed: [sha256] }, [
      'its partners are refused within 30 s; within 300 s if D1 cannot be reached',
    ])
  },
})

export const caRemoveIntermediate = command({
  name: 'ca remove-intermediate',
  summary: 'remove an intermediate CA from a set',
  operands: 'SET FINGERPRINT',
  about: [
    'FINGERPRINT is SHA-256 in hex, or its first eight digits or more. Partners that send their chain are',
    'not affected.',
  ],
  options: changeOptions,
  examples: ['certbound ca remove-intermediate acme-ca 3f9a1c22'],
  async run({ operands: [name = '', fingerprint = ''], options }, context) {
    const database = await context.open(options)
    const set = await readStoredSet(database, name)
    if (set === null) return unknownSet(name)
    const found = memberBy(fingerprint, set.intermediates)
    if (!found.ok) return notOne(`${found.error} intermediates`, name, fingerprint)
    const { sha256, subject } = found.value
    const removed = await removeMember(database, set, found.value, auditedBy(options, context))
    if (!removed) return refusedSet(name, { why: 'changed_meanwhile' })
    return done([`${subject} is removed from ${name}`], { set: name, removed: [sha256] }, [
      'partners that do not send it are refused within 30 s; within 300 s if D1 cannot be reached',
    ])
  },
})

/** The refusal of a fingerprint that fits no member of a set, or several. */
const notOne = (found: string, set: string, fingerprint: string, ...next: string[]): Outcome =>
  refused(
    `${found} of ${set} have the fingerprint ${fingerprint}`,
    `\`certbound ca list ${set}\` shows them; give eight hex digits or more`,
    ...next,
  )

const shownClients = 10

async function inUse(database: Database, set: string, what: string): Promise<Outcome> {
  const clients = await clientsOfSet(database, set, shownClients + 1)
  if (clients.length === 0) return refusedSet(set, { why: 'changed_meanwhile' })
  const more = clients.length > shownClients ? ' and more' : ''
  return refused(
    `clients use ${what}: ${clients.slice(0, shownClients).join(', ')}${more} would be refused`,
    'first remove them (`certbound client remove`), or register them with another set',
  )
}
