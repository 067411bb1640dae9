import {
  inspectSchema,
  readMigrations,
  type SchemaRefusal,
  type SchemaStatus,
  schemaRefusalText,
  upgradeSchema,
} from '../local-stores/migrations.ts'
import { schemaProblem } from '../storage/schema-version.ts'
import { type Command, command, databaseOptions, dryRunOption } from './command.ts'
import type { DatabaseChoice } from './database/database.ts'
import { dataDirOf } from './database/open.ts'
import { checked, done, nothingChanged, OperatorFault, type Outcome, refused } from './outcome.ts'

export const schemaStatus = command({
  name: 'schema status',
  summary: 'show the version of the tables, and which migrations are applied and pending',
  about: ['The exit status is 1 if this version cannot use the database as it is.'],
  options: databaseOptions,
  examples: ['certbound schema status', 'certbound schema status --remote'],
  async run({ options }, context) {
    const where = whereOf(options, context.cwd)
    const database = await context.openAny(options, false)
    const status = await inspectSchema(database, await readMigrations())
    if (!status.ok) return refusal(status.error, where)
    const { installed, applied, pending } = status.value
    const problem = schemaProblem(installed)
    const lines = [
      versionLine(status.value, where),
      ...applied.map((name) => `applied  ${name}`),
      ...pending.map((name) => `pending  ${name}`),
    ]
    return checked(problem === null, lines, jsonOf(status.value, where), [
      ...(problem === null ? [] : [`${where} ${problem.problem}`]),
      ...(pending.length === 0
        ? []
        : [`certbound schema upgrade${options.remote ? ' --remote' : ''}`]),
    ])
  },
})

export const schemaUpgrade = command({
  name: 'schema upgrade',
  summary: 'create the tables, or bring them to the schema of this version',
  about: [
    'Applies the pending files of migrations/, each in one transaction. `wrangler d1 migrations` records',
    'them in the same table, so both tools can be used. Locally this also creates the data folder.',
  ],
  options: { ...databaseOptions, ...dryRunOption },
  examples: ['certbound schema upgrade', 'certbound schema upgrade --remote'],
  async run({ options }, context) {
    const where = whereOf(options, context.cwd)
    const database = await context.openAny(options)
    if (options['dry-run']) {
      const status = await inspectSchema(database, await readMigrations())
      if (!status.ok) return refusal(status.error, where)
      const pending = status.value.pending.map((name) => `would apply  ${name}`)
      const json = { ...jsonOf(status.value, where), added: [], dry_run: true }
      return done([versionLine(status.value, where), ...pending], json, [nothingChanged])
    }
    const upgraded = await upgradeSchema(database, await readMigrations())
    if (!upgraded.ok) return refusal(upgraded.error, where)
    const { added } = upgraded.value
    const applied =
      added.length === 0 ? ['nothing to apply'] : added.map((name) => `applied  ${name}`)
    const lines = [versionLine(upgraded.value, where), ...applied]
    return done(lines, { ...jsonOf(upgraded.value, where), added })
  },
})

/** `schema apply`, the former name of `schema upgrade`. */
export const schemaApply: Command = {
  ...schemaUpgrade,
  name: 'schema apply',
  summary: 'the same as schema upgrade',
  examples: ['certbound schema apply'],
}

const whereOf = (options: DatabaseChoice, cwd: string): string =>
  options.remote ? 'the deployed database' : dataDirOf(options, cwd)

const versionLine = ({ installed }: SchemaStatus, where: string): string =>
  installed === null ? `no tables yet: ${where}` : `schema version ${installed.version}: ${where}`

const jsonOf = ({ installed, applied, pending }: SchemaStatus, where: string) => ({
  where,
  version: installed?.version ?? null,
  compatible_from: installed?.compatibleFrom ?? null,
  applied,
  pending,
})

function refusal(error: SchemaRefusal, where: string): Outcome {
  const cause = error.why === 'migration_failed' ? error.cause : null
  return refused(
    schemaRefusalText(error, where),
    ...(cause instanceof OperatorFault ? cause.next : []),
  )
}
