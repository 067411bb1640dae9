import { ConstraintViolation, type Database } from '../../storage/database.ts'
import { changeOptions, command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import type { DatabaseChoice } from '../database/database.ts'
import { longestCommand } from '../database/remote.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import {
  checkImport,
  conflictRules,
  type OnConflict,
  type Plan,
  type Problems,
} from './import/check.ts'
import type { ChunkLimits } from './import/chunks.ts'
import { loadClients } from './import/load.ts'
import { grouped, type Progress, progressOf } from './import/progress.ts'
import { openSource, type Source } from './import/source.ts'
import { type Spool, withSpool } from './import/spool.ts'

/**
 * How much goes to the database at a time. D1 takes 2 MB for a value; a command of wrangler carries no
 * values, so they stand in its SQL in hexadecimal, beside a statement of 3000 characters.
 */
const limitsOf = (remote: boolean): ChunkLimits =>
  remote
    ? { clients: 1000, octets: Math.floor((longestCommand - 6000) / 2) }
    : { clients: 4000, octets: 1_500_000 }

type ImportOptions = DatabaseChoice & {
  readonly 'dry-run': boolean
  readonly quiet: boolean
  readonly as: string | undefined
}

/** `client import`. */
export const clientImport = command({
  name: 'client import',
  summary: 'register many partners from a file, or none of them if one is wrong',
  operands: 'FILE|-',
  about: [
    'A line a client, in JSON: its metadata in the names of RFC 7591 and RFC 8705, as `client export` and',
    '`client show --json` print it; `enabled` may be left out. It is first read to its end and held',
    'against the rules of `client add`, itself and the database; certificates are not verified. An import',
    'that was cut short is taken up by --on-conflict skip. With --remote every command of wrangler takes',
    'seconds for some hundred clients: good for thousands, not for a million. The audit has one row.',
  ],
  arity: [1, 1],
  options: {
    'on-conflict': {
      type: 'string',
      value: 'RULE',
      help: 'a client_id that is registered: refuse (default), skip, replace',
    },
    quiet: { type: 'boolean', help: 'no progress' },
    ...jsonOption,
    ...changeOptions,
  },
  examples: [
    'certbound client import partners.jsonl --dry-run',
    'certbound client import - --on-conflict skip',
    'certbound client import partners.jsonl --on-conflict replace --remote',
  ],
  async run({ operands: [name = ''], options }, context) {
    const onConflict = conflictRules.find((rule) => rule === (options['on-conflict'] ?? 'refuse'))
    if (onConflict === undefined) return usage(`--on-conflict wants ${conflictRules.join(', ')}`)
    const database = await context.open(options)
    const source = await openSource(context, name)
    if (source === null) return refused(`${name}: there is no such file`)
    const how = { ...options, onConflict }
    return withSpool((spool) => importFrom(source, spool, database, context, how))
  },
})

async function importFrom(
  source: Source,
  spool: Spool,
  database: Database,
  context: Context,
  options: ImportOptions & { readonly onConflict: OnConflict },
): Promise<Outcome> {
  const { onConflict, quiet } = options
  const limits = limitsOf(options.remote)
  const shown = async <T>(what: string, work: (progress: Progress) => Promise<T>): Promise<T> => {
    const progress = progressOf(context, what, source.size, quiet)
    return work(progress).finally(progress.end)
  }
  const checked = await shown('checking', (progress) =>
    checkImport(database, source, spool, { limits, onConflict }, progress),
  )
  if (!checked.ok) return notImported(source, checked.error)
  const plan = checked.value
  const writes = plan.clients - (onConflict === 'skip' ? plan.present : 0)
  if (options['dry-run'] || writes === 0) return planned(plan, onConflict)
  const who = options.as ?? context.user
  const by = { onConflict, who, now: context.now, file: source.name }
  const begun = context.elapsed()
  try {
    const written = await shown('loading ', (progress) =>
      loadClients(database, spool, plan, by, progress),
    )
    return imported(plan, written, onConflict, context.elapsed() - begun)
  } catch (fault) {
    if (!(fault instanceof ConstraintViolation)) throw fault
    return refused(
      `others have changed clients or sets meanwhile: ${fault.message}`,
      'what stands before that in the file is imported: the audit row counts it',
      'run it again with --on-conflict skip, or replace',
    )
  }
}

function notImported({ name }: Source, { first, count: all }: Problems): Outcome {
  const more = all - first.length
  return refused(
    [
      ...first.map(({ line, problem }) => `${name}, line ${line}: ${problem}`),
      ...(more > 0 ? [`and ${grouped(more)} more`] : []),
    ],
    'nothing was imported',
  )
}

function planned({ clients, present, sha256 }: Plan, onConflict: OnConflict): Outcome {
  const fresh = clients - present
  const rest = onConflict === 'refuse' ? '' : `, ${grouped(present)} to ${onConflict}, if different`
  const words = onConflict === 'skip' ? rest.replace(', if different', '') : rest
  return done(
    [`${grouped(clients)} client${clients === 1 ? '' : 's'}: ${grouped(fresh)} to add${words}`],
    { clients, added: 0, replaced: 0, unchanged: 0, new: fresh, present, sha256, imported: false },
    ['nothing was imported'],
  )
}

function imported(
  { clients, present, sha256 }: Plan,
  written: number,
  onConflict: OnConflict,
  seconds: number,
): Outcome {
  // Where others register the same clients meanwhile, fewer are new than were.
  const replaced = onConflict === 'replace' ? Math.max(0, written - (clients - present)) : 0
  const added = written - replaced
  const unchanged = clients - written
  const parts = [
    `${grouped(added)} added`,
    ...(onConflict === 'replace' ? [`${grouped(replaced)} replaced`] : []),
    ...(onConflict === 'refuse' ? [] : [`${grouped(unchanged)} left as they were`]),
  ]
  const rate = seconds > 0 ? `, ${grouped(Math.round(clients / seconds))} a second` : ''
  return done(
    [parts.join(', ')],
    {
      clients,
      added,
      replaced,
      unchanged,
      new: clients - present,
      present,
      sha256,
      imported: true,
    },
    [`${seconds.toFixed(1)} s${rate}`],
  )
}
