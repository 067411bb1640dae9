import { audited } from '../../storage/audit-row.ts'
import { type Database, query, statement } from '../../storage/database.ts'
import { changeOptions, command } from '../command.ts'
import type { Context } from '../context.ts'
import { done, type Outcome, refused } from '../outcome.ts'
import { count } from '../terminal.ts'
import { type Anchor, anchorsIn, clientsUnder, namedBy } from './anchor-records.ts'
import { raiseVersion } from './raise-version.ts'

const REMOVE_ANCHOR = `
  DELETE FROM trust_anchors WHERE set_name = ?1 AND sha256 = ?2
    AND (EXISTS (SELECT 1 FROM trust_anchors WHERE set_name = ?1 AND sha256 <> ?2)
      OR NOT EXISTS (SELECT 1 FROM clients WHERE trust_anchor_set = ?1))`

// ON DELETE RESTRICT would refuse it too, after looking at every client.
const REMOVE_SET = `
  DELETE FROM trust_anchor_sets WHERE name = ?1
    AND NOT EXISTS (SELECT 1 FROM clients WHERE trust_anchor_set = ?1) RETURNING name`

const shownClients = 10

/** `ca remove`. */
export const caRemove = command({
  name: 'ca remove',
  summary: 'trust a CA, or a whole set, no longer',
  operands: 'SET [FINGERPRINT]',
  about: [
    'FINGERPRINT is SHA-256 in hex, or its first eight digits or more. A whole set goes only when no',
    'client is registered under it, and so does the last CA of one.',
  ],
  arity: [1, 2],
  options: changeOptions,
  examples: ['certbound ca remove acme-ca 3f9a1c22', 'certbound ca remove acme-ca'],
  async run({ operands: [set = '', fingerprint], options }, context) {
    const database = await context.open(options)
    const known = await query(database, 'SELECT 1 FROM trust_anchor_sets WHERE name = ?1', set)
    if (known.length === 0) return refused(`there is no anchor set ${set}`, '`certbound ca list`')
    const anchors = await anchorsIn(database, set)
    const who = options.as ?? context.user
    if (fingerprint === undefined) return removeSet(database, context, who, set, anchors)
    const anchor = namedBy(fingerprint, anchors)
    if (!anchor.ok) {
      return refused(
        `${anchor.error} CAs of ${set} have the fingerprint ${fingerprint}`,
        `\`certbound ca list ${set}\` shows them; eight hex digits at least`,
        'an intermediate: `certbound ca remove-intermediate`',
      )
    }
    return removeAnchor(database, context, who, set, anchor.value)
  },
})

async function removeAnchor(
  database: Database,
  context: Context,
  who: string,
  set: string,
  anchor: Anchor,
): Promise<Outcome> {
  const { sha256, subject, not_after } = anchor
  const before = { sha256, subject, not_after }
  const [, , raised] = await database.batch([
    statement(REMOVE_ANCHOR, set, sha256),
    audited({ at: context.now, who, what: 'ca.remove', subject: set, before, after: null }),
    raiseVersion(set),
  ])
  if (raised?.length !== 1) return inUse(database, set, `${sha256} is the last CA of ${set}`)
  return done([`${set} no longer trusts ${subject}`], { set, removed: [sha256] }, [
    'its partners are refused within 30 s; up to 300 s where D1 cannot be reached',
  ])
}

async function removeSet(
  database: Database,
  context: Context,
  who: string,
  set: string,
  anchors: readonly Anchor[],
): Promise<Outcome> {
  const before = { anchors: anchors.map(({ sha256, subject }) => ({ sha256, subject })) }
  const [gone] = await database.batch([
    statement(REMOVE_SET, set),
    audited({ at: context.now, who, what: 'ca.remove', subject: set, before, after: null }),
  ])
  if (gone?.length !== 1) return inUse(database, set, `${set} is in use`)
  const removed = anchors.map(({ sha256 }) => sha256)
  return done([`the set ${set} is removed, with ${count(removed.length, 'CA')}`], { set, removed })
}

async function inUse(database: Database, set: string, what: string): Promise<Outcome> {
  const clients = await clientsUnder(database, set, shownClients + 1)
  if (clients.length === 0) return refused(`${set} has changed meanwhile`, 'try again')
  const more = clients.length > shownClients ? ' and more' : ''
  return refused(
    `${what}: ${clients.slice(0, shownClients).join(', ')}${more} would be locked out`,
    '`certbound client remove` or register them anew under another set first',
  )
}
