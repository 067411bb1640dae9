import type * as v from 'valibot'
import type { AuditedBy } from '../storage/audit-row.ts'
import type { Context } from './context.ts'
import type { Outcome } from './outcome.ts'

/** One option of a command. */
type Option = {
  /** Whether it can be given several times. */
  readonly multiple?: true
  /** The placeholder of the value in help, such as `FILE`; a switch has none. */
  readonly value?: string
  readonly help: string
  /** Validates and converts a value; its message completes `--option VALUE: ...`. */
  readonly schema?: v.GenericSchema
}

/** Options by their long names, without dashes. */
export type Options = Readonly<Record<string, Option>>

/** The values of an option table: absent options are undefined, false or empty. */
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { readonly multiple: true }
    ? readonly ValueOf<O[K]>[]
    : O[K] extends { readonly value: string }
      ? ValueOf<O[K]> | undefined
      : boolean
}

type ValueOf<O extends Option> = O extends { readonly schema: infer S extends v.GenericSchema }
  ? v.InferOutput<S>
  : string

/** The declaration of one command: help, reference and parser come from it. */
export type CommandSpec<O extends Options> = {
  /** Such as `client add`. */
  readonly name: string
  /** One line for lists. */
  readonly summary: string
  /** More lines for the help of this command. */
  readonly about?: readonly string[]
  /** The operands, for help and parser: `NAME [FINGERPRINT]`, `SET FILE...`. */
  readonly operands?: string
  readonly options: O
  readonly examples: readonly string[]
  readonly run: (call: Call<O>, context: Context) => Promise<Outcome>
}

/** The parsed arguments of a command. */
export type Call<O extends Options> = {
  readonly operands: readonly string[]
  readonly options: OptionValues<O>
}

/** A command of the table, without the types of its own options. */
export type Command = CommandSpec<Options>

/** Declares a command; `run` gets its own options typed. Every command has `--json`. */
export const command = <const O extends Options>(spec: CommandSpec<O>): Command => ({
  ...spec,
  options: { ...spec.options, ...jsonOption },
  // The parser gives every option of the table the type that the table declares.
  run: (call, context) => spec.run(call as unknown as Call<O>, context),
})

/** Options of every command that reads or writes a database. */
export const databaseOptions = {
  'data-dir': { value: 'DIR', help: 'local data folder (default .certbound)' },
  remote: { help: 'use the deployed database, through wrangler' },
  config: { value: 'FILE', help: 'wrangler configuration for --remote (default wrangler.toml)' },
} as const satisfies Options

/** With this option the runner opens every database as one that is not written to. */
export const dryRunOption = {
  'dry-run': { help: 'check everything, print what would change, write nothing' },
} as const satisfies Options

/** Options of every command that changes a database. */
export const changeOptions = {
  ...databaseOptions,
  as: { value: 'WHO', help: 'the name in the audit row (default user@host)' },
  ...dryRunOption,
} as const satisfies Options

/** Who makes a change, and when, for its audit row. */
export const auditedBy = (
  options: { readonly as: string | undefined },
  context: Context,
): AuditedBy => ({ who: options.as ?? context.user, at: context.now })

/** The option that {@link command} adds to every command. */
export const jsonOption = {
  json: { help: 'print the result as JSON' },
} as const satisfies Options
