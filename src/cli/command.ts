import type { Context } from './context.ts'
import type { Outcome } from './outcome.ts'

/** One option of a command: what it is called in help, and what it does. */
export type Option = {
  readonly type: 'string' | 'boolean'
  readonly multiple?: true
  /** What stands for the value in help, such as `FILE`. */
  readonly value?: string
  readonly help: string
}

/** Options by their long names, without dashes. */
export type Options = Readonly<Record<string, Option>>

/** What an option table gives when the arguments were read. */
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { readonly multiple: true }
    ? readonly string[]
    : O[K] extends { readonly type: 'boolean' }
      ? boolean
      : string | undefined
}

/** The declaration of one command: the only place its words and options are written. */
export type CommandSpec<O extends Options> = {
  /** The words that call it: `client add`. */
  readonly name: string
  /** One line for lists. */
  readonly summary: string
  /** Further lines of its own help. */
  readonly about?: readonly string[]
  /** Operands as help shows them: `NAME`, `SET FILE...`. */
  readonly operands?: string
  /** How many operands: least and most. */
  readonly arity: readonly [least: number, most: number]
  readonly options: O
  readonly examples: readonly string[]
  readonly run: (call: Call<O>, context: Context) => Promise<Outcome>
}

/** Arguments as a command gets them. */
export type Call<O extends Options> = {
  readonly operands: readonly string[]
  readonly options: OptionValues<O>
}

/** A command of the table, its option types forgotten. */
export type Command = CommandSpec<Options>

/** Declares a command; inside, `run` sees its own options typed. Every command has `--json`. */
export const command = <const O extends Options>(spec: CommandSpec<O>): Command => ({
  ...spec,
  options: { ...spec.options, ...jsonOption },
  // The parser fills every option of the table in the type the table says.
  run: (call, context) => spec.run(call as unknown as Call<O>, context),
})

/** Options of every command that reads or writes a database. */
export const databaseOptions = {
  'data-dir': {
    type: 'string',
    value: 'DIR',
    help: 'the local data folder (default .certbound)',
  },
  remote: {
    type: 'boolean',
    help: 'the deployed database, through wrangler, instead of the local one',
  },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'with --remote: the wrangler configuration (default wrangler.toml)',
  },
} as const satisfies Options

/** Options of every command that changes something. */
export const changeOptions = {
  ...databaseOptions,
  as: { type: 'string', value: 'WHO', help: 'the name in the audit row (default user@host)' },
  'dry-run': { type: 'boolean', help: 'check everything, print what would change, write nothing' },
} as const satisfies Options

/** The option that {@link command} adds to every command. */
export const jsonOption = {
  json: { type: 'boolean', help: 'print the result as JSON' },
} as const satisfies Options
