import { parseArgs } from 'node:util'
import { nearest } from '../encoding/nearest.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { Call, Command, Options } from './command.ts'

/** What is wrong with a command line, in a sentence. */
export type UsageProblem = { readonly problem: string; readonly meant: string | null }

const problem = (text: string, meant: string | null = null) => err({ problem: text, meant })

type Value = string | boolean | string[]

/** Every option at its resting value: absent, false or empty. */
const restingValues = (options: Options): Record<string, Value | undefined> =>
  Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.multiple ? [] : option.type === 'boolean' ? false : undefined,
    ]),
  )

/** Begins no option, and no argument can hold it. */
const mark = '\u0000'

/** One x5t#S256 in 64 begins with a hyphen; no option is as long as that. */
const asOperand = (arg: string): string => (/^-[A-Za-z0-9_-]{42}$/.test(arg) ? mark + arg : arg)

/**
 * Reads the arguments of one command (its own words already taken off) by its table.
 * @returns the call, or the first thing in it that makes no sense
 */
export function parseArguments(
  command: Command,
  args: readonly string[],
): Result<Call<Options>, UsageProblem> {
  const known = Object.fromEntries(
    Object.entries(command.options).map(([name, { type }]) => [name, { type }]),
  )
  const { tokens } = parseArgs({
    args: args.map(asOperand),
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const operands: string[] = []
  const values = restingValues(command.options)
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value.replace(mark, ''))
    if (token.kind !== 'option') continue
    const value = token.value?.replace(mark, '')
    const refusal = takeOption(command.options, values, { ...token, value })
    if (refusal !== null) return refusal
  }
  const [least, most] = command.arity
  if (operands.length < least) {
    return problem(`${command.name} needs ${command.operands}: something is missing`)
  }
  if (operands.length > most) {
    return problem(`${command.name} does not know what to do with "${operands[most]}"`)
  }
  return ok({ operands, options: values as Call<Options>['options'] })
}

type OptionToken = {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Puts one option into `values`, or says why it cannot. */
function takeOption(
  options: Options,
  values: Record<string, Value | undefined>,
  { name, rawName, value, inlineValue }: OptionToken,
) {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const meant = nearest(name, Object.keys(options))
    return problem(`unknown option ${rawName}`, meant && `--${meant}`)
  }
  if (option.type === 'boolean') {
    if (value !== undefined) return problem(`${rawName} takes no value`)
    values[name] = true
    return null
  }
  if (value === undefined) return problem(`${rawName} needs a value: ${rawName} ${option.value}`)
  if (value.startsWith('--') && !inlineValue) {
    return problem(`${rawName} needs a value; if it is "${value}", write ${rawName}=${value}`)
  }
  const before = values[name]
  if (Array.isArray(before)) before.push(value)
  else if (before !== undefined) return problem(`${rawName} is given twice`)
  else values[name] = value
  return null
}
