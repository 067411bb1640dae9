import { audited } from '../../storage/audit-row.ts'
import { statement } from '../../storage/database.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import { done, refused } from '../outcome.ts'
import { intermediatesIn, namedBy } from './anchor-records.ts'
import { raiseVersion } from './raise-version.ts'

const REMOVE = 'DELETE FROM trust_set_intermediates WHERE set_name = ?1 AND sha256 = ?2'

/** `ca remove-intermediate`. */
export const caRemoveIntermediate = command({
  name: 'ca remove-intermediate',
  summary: 'keep an intermediate no longer',
  operands: 'SET FINGERPRINT',
  about: [
    'FINGERPRINT is SHA-256 in hex, or its first eight digits or more. Partners whose certificates come',
    'with their chain go on as before.',
  ],
  arity: [2, 2],
  options: { ...jsonOption, ...changeOptions },
  examples: ['certbound ca remove-intermediate acme-ca 3f9a1c22'],
  async run({ operands: [set = '', fingerprint = ''], options }, context) {
    const database = await context.open(options)
    const found = namedBy(fingerprint, await intermediatesIn(database, set))
    if (!found.ok) {
      return refused(
        `${found.error} intermediates of ${set} have the fingerprint ${fingerprint}`,
        `\`certbound ca list ${set}\` shows them; eight hex digits at least`,
      )
    }
    const { sha256, subject, not_after } = found.value
    const what = 'ca.remove-intermediate'
    const before = { sha256, subject, not_after }
    const who = options.as ?? context.user
    const [, , raised] = await database.batch([
      statement(REMOVE, set, sha256),
      audited({ at: context.now, who, what, subject: set, before, after: null }),
      raiseVersion(set),
    ])
    if (raised?.length !== 1) return refused(`${set} has changed meanwhile`, 'try again')
    return done([`${set} no longer keeps ${subject}`], { set, removed: [sha256] }, [
      'who comes without it is refused within 30 s; up to 300 s where D1 cannot be reached',
    ])
  },
})
