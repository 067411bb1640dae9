import {
  beginImport,
  conflictRules,
  type ImportRun,
  importChunk,
  type OnConflict,
} from '../../clients/client-import.ts'
import { ConstraintViolation, type Database } from '../../storage/database.ts'
import { auditedBy, changeOptions, command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { maxSqlLength } from '../database/remote.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import { checkImport, type Plan, type Problems } from './import/check.ts'
import type { ChunkLimits } from './import/chunks.ts'
import { openSource, type Source, type Spool, withSpool } from './import/files.ts'
import { grouped, type Progress, progressOf } from './import/progress.ts'

/**
 * How much is written at a time. D1 takes 2 MB for a value. A command of wrangler has no parameters: the
 * values are in its SQL in hexadecimal, beside statements of some 3000 characters.
 */
const limitsOf = (remote: boolean): ChunkLimits =>
  remote
    ? { clients: 1000, octets: Math.floor((maxSqlLength - 6000) / 2) }
    : { clients: 4000, octets: 1_500_000 }

export const clientImport = command({
  name: 'client import',
  summary: 'register many partners from a file, or none of them if one is wrong',
  operands: 'FILE|-',
  about: [
    'One client a line, in JSON: its metadata in the names of RFC 7591 and RFC 8705, as `client export`',
    'and `client show --json` print it; `enabled` is optional. The whole file is checked first, by the',
    'rules of `client add`, for repetitions, and against the database; certificates are not verified. To',
    'continue an interrupted import use --on-conflict skip. The audit has one row. With --remote each',
    'command of wrangler takes seconds for some hundred clients: fast enough for thousands only.',
  ],
  options: {
    'on-conflict': {
      value: 'RULE',
      help: 'for a registered client_id: refuse (default), skip or replace',
    },
    quiet: { help: 'no progress' },
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
  options: {
    readonly onConflict: OnConflict
    readonly quiet: boolean
    readonly remote: boolean
    readonly 'dry-run': boolean
    readonly as: string | undefined
  },
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
  const { clients, sha256 } = plan
  const by = auditedBy(options, context)
  const run = { onConflict, by, file: source.name, clients, sha256 }
  const begun = context.elapsed()
  try {
    const written = await shown('loading ', (progress) =>
      loadClients(database, spool, run, progress),
    )
    return imported(plan, written, onConflict, context.elapsed() - begun)
  } catch (fault) {
    if (!(fault instanceof ConstraintViolation)) throw fault
    return refused(
      `others changed clients or sets at the same time: ${fault.message}`,
      'the clients before that in the file are imported: the audit row counts them',
      'run it again with --on-conflict skip, or replace',
    )
  }
}

/**
 * Writes the clients of a spool, each chunk in one transaction.
 * @returns how many were added or changed
 * @throws ConstraintViolation if others registered a client at the same time; earlier chunks are written
 */
export async function loadClients(
  database: Database,
  spool: Pick<Spool, 'chunks'>,
  run: ImportRun,
  progress: Progress,
): Promise<number> {
  const id = await beginImport(database, run)
  let written = 0
  let done = 0
  for await (const chunk of spool.chunks()) {
    written = await importChunk(database, id, chunk, done, run)
    done += chunk.clients
    progress.at(chunk.octets, done)
  }
  return written
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

const countsOf = ({ clients, present, sha256 }: Plan) => ({
  clients,
  new: clients - present,
  present,
  sha256,
})

function planned(plan: Plan, onConflict: OnConflict): Outcome {
  const { clients, present } = plan
  const others = {
    refuse: '',
    skip: `, ${grouped(present)} to skip`,
    replace: `, ${grouped(present)} to replace, if different`,
  }
  const all = `${grouped(clients)} client${clients === 1 ? '' : 's'}`
  return done(
    [`${all}: ${grouped(clients - present)} to add${others[onConflict]}`],
    { ...countsOf(plan), added: 0, replaced: 0, unchanged: 0, imported: false },
    ['nothing was imported'],
  )
}

function imported(plan: Plan, written: number, onConflict: OnConflict, seconds: number): Outcome {
  const { clients, present } = plan
  // If others register the same clients at the same time, fewer are new than planned.
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
    { ...countsOf(plan), added, replaced, unchanged, imported: true },
    [`${seconds.toFixed(1)} s${rate}`],
  )
}
