import { type ParseArgsConfig, parseArgs } from 'node:util'
import { err, ok, type Result } from '../encoding/result.ts'
import { validate } from '../encoding/schema.ts'
import { nearest } from '../nearest.ts'
import type { Call, Command, Options } from './command.ts'

/** What is wrong with a command line, and the option that was probably meant. */
export type UsageProblem = { readonly problem: string; readonly suggestion: string | null }

const problem = (text: string, suggestion: string | null = null) =>
  err({ problem: text, suggestion })

/** Of a command that accepts several files. */
const maxOperands = 100

/** Put before an operand that looks like an option. No argument of a process contains it. */
const mark = '\u0000'

/** One x5t#S256 in 64 begins with a hyphen. No option is as long as that. */
const asOperand = (arg: string): string => (/^-[A-Za-z0-9_-]{42}$/.test(arg) ? mark + arg : arg)

/**
 * Parses the arguments behind the name of a command.
 * @returns the call, or the first problem
 */
export function parseArguments(
  command: Command,
  args: readonly string[],
): Result<Call<Options>, UsageProblem> {
  const known: NonNullable<ParseArgsConfig['options']> = {}
  // Every option as it is when it is not given: undefined, false or empty.
  const values: Record<string, unknown> = {}
  for (const [name, { value, multiple }] of Object.entries(command.options)) {
    known[name] = { type: value === undefined ? 'boolean' : 'string' }
    values[name] = multiple ? [] : value === undefined ? false : undefined
  }
  const { tokens } = parseArgs({
    args: args.map(asOperand),
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value.replace(mark, ''))
    if (token.kind !== 'option') continue
    const value = token.value?.replace(mark, '')
    const refusal = takeOption(command.options, values, { ...token, value })
    if (refusal !== null) return refusal
  }
  const declared = command.operands?.split(' ') ?? []
  if (operands.length < declared.filter((operand) => !operand.startsWith('[')).length) {
    return problem(`${command.name} needs ${command.operands}`)
  }
  const most = declared.at(-1)?.endsWith('...') ? maxOperands : declared.length
  if (operands.length > most) {
    return problem(`${command.name} has one operand too many: "${operands[most]}"`)
  }
  return ok({ operands, options: values as Call<Options>['options'] })
}

type OptionToken = {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Puts one option into `values`. @returns the problem, or null */
function takeOption(
  options: Options,
  values: Record<string, unknown>,
  { name, rawName, value, inlineValue }: OptionToken,
) {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const similar = nearest(name, Object.keys(options))
    return problem(`unknown option ${rawName}`, similar && `--${similar}`)
  }
  if (option.value === undefined) {
    if (value !== undefined) return problem(`${rawName} takes no value`)
    values[name] = true
    return null
  }
  if (value === undefined) return problem(`${rawName} needs a value: ${rawName} ${option.value}`)
  if (value.startsWith('--') && !inlineValue) {
    return problem(`${rawName} needs a value; if it is "${value}", write ${rawName}=${value}`)
  }
  const parsed = option.schema === undefined ? ok(value) : validate(option.schema, value)
  if (!parsed.ok) return problem(`${rawName} ${value}: ${parsed.error.join('; ')}`)
  const before = values[name]
  if (Array.isArray(before)) before.push(parsed.value)
  else if (before !== undefined) return problem(`${rawName} is given twice`)
  else values[name] = parsed.value
  return null
}
