import { type Database, query, textOf } from '../../storage/database.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import { done, failedCheck, refused, usage } from '../outcome.ts'
import { columns } from '../terminal.ts'
import {
  fetchLists,
  listOptions,
  loadLists,
  type Refreshed,
  readGivenLists,
  refreshedRows,
  refusedWords,
} from './load-lists.ts'

const SETS = `
  SELECT name FROM trust_anchor_sets
  WHERE name = ?1 OR (?1 IS NULL AND revocation <> 'off') ORDER BY name`

/** `ca refresh`. */
export const caRefresh = command({
  name: 'ca refresh',
  summary: 'fetch the CRLs of an anchor set now, or take them from files',
  operands: '[SET]',
  about: [
    'The Worker does this by itself every hour, for lists of up to 8 MiB; larger ones, up to 64 MiB, are',
    'indexed here. With --crl nothing is fetched. A list that is older than the one in force, or that no',
    'CA of the set has signed, changes nothing. The status is 1 where a list was refused.',
  ],
  arity: [0, 1],
  options: { ...listOptions, ...jsonOption, ...changeOptions },
  examples: [
    'certbound ca refresh --remote',
    'certbound ca refresh acme-ca --crl issuing.crl --crl-issuer issuing.pem',
  ],
  async run({ operands: [set], options }, context) {
    const files = options.crl.length > 0 || options['crl-issuer'].length > 0
    if (files && set === undefined) return usage('--crl is for one set: name it')
    const given = await readGivenLists(context.cwd, options)
    if (!given.ok) return given.error
    const database = await context.open(options)
    const sets = await setsOf(database, set ?? null)
    if (set !== undefined && sets.length === 0) {
      return refused(`there is no anchor set ${set}`, '`certbound ca list` names them')
    }
    const refreshed: Refreshed[] = []
    for (const one of sets) {
      const { remote } = options
      const how = { now: context.now, remote }
      refreshed.push(...(await loadLists(database, one, given.value, how)))
      if (!files) refreshed.push(...(await fetchLists(database, one, context, remote)))
    }
    const words = refusedWords(refreshed)
    const next = refreshed.length === 0 && !files ? [nothingToFetch] : words
    const finish = words.length === 0 ? done : failedCheck
    return finish(columns(refreshedRows(refreshed)), { refreshed }, next)
  },
})

const setsOf = async (database: Database, set: string | null): Promise<string[]> =>
  (await query(database, SETS, set)).map((row) => textOf(row, 'name'))

const nothingToFetch =
  'nothing to fetch: no --crl-url, and no certificate met yet points to an allowed host (`ca set`)'
