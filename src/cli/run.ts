import { hostname, userInfo } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { nearest } from '../nearest.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'
import type { OpenDatabase } from './database/database.ts'
import { open, openAny } from './database/open.ts'
import { installedWrangler } from './database/wrangler.ts'
import { DryRunEnd, dryRunDatabase, dryRunOutcome } from './dry-run.ts'
import { commandHelp, groupHelp, overview } from './help.ts'
import { OperatorFault, type Outcome } from './outcome.ts'
import { parseArguments } from './parse-arguments.ts'
import { printable, printableJson } from './terminal.ts'

/** Standard output and standard error, by lines without line feed. */
export type Output = {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

/** Exit statuses: done, refused, usage error. */
export type Status = 0 | 1 | 2

const helpWords = new Set(['--help', '-h', 'help'])

/**
 * Runs one command line.
 * @param args the arguments behind `certbound`
 * @param world replaces parts of the context in tests
 */
export async function run(
  args: readonly string[],
  commands: readonly Command[],
  output: Output,
  world: Partial<Context> = {},
): Promise<Status> {
  const found = findCommand(args, commands)
  if (found.kind === 'help') {
    for (const line of found.lines) (found.status === 0 ? output.out : output.err)(line)
    return found.status
  }
  const parsed = parseArguments(found.command, found.rest)
  if (!parsed.ok) {
    const { problem, suggestion } = parsed.error
    return printProblems(
      output,
      2,
      [problem],
      [
        ...(suggestion === null ? [] : [`did you mean ${suggestion}?`]),
        `certbound ${found.command.name} --help`,
      ],
    )
  }
  const { options } = parsed.value
  const json = Boolean(options.json)
  const { context, close } = liveContext(output, world, Boolean(options['dry-run']))
  try {
    return print(output, await found.command.run(parsed.value, context), json)
  } catch (fault) {
    if (!(fault instanceof DryRunEnd)) return printFault(output, fault)
    return print(output, dryRunOutcome(fault), json)
  } finally {
    await close()
  }
}

type Found =
  | { readonly kind: 'command'; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly status: Status; readonly lines: readonly string[] }

function findCommand(args: readonly string[], commands: readonly Command[]): Found {
  const [first, second] = args
  if (first === undefined) return { kind: 'help', status: 2, lines: overview(commands) }
  if (helpWords.has(first)) return { kind: 'help', status: 0, lines: overview(commands) }
  const command = commands.find(({ name }) => name === `${first} ${second}` || name === first)
  if (command !== undefined) {
    const rest = args.slice(command.name.split(' ').length)
    return rest.some((word) => word === '--help' || word === '-h')
      ? { kind: 'help', status: 0, lines: commandHelp(command) }
      : { kind: 'command', command, rest }
  }
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length > 0 && (second === undefined || helpWords.has(second))) {
    return { kind: 'help', status: second ? 0 : 2, lines: groupHelp(first, commands) }
  }
  return { kind: 'help', status: 2, lines: unknownCommand(args, commands) }
}

function unknownCommand(args: readonly string[], commands: readonly Command[]): string[] {
  const [first = '', second] = args
  if (first.startsWith('-')) {
    return [`certbound: the command comes before its options: certbound COMMAND ${first}`, helpHint]
  }
  const given = second === undefined || second.startsWith('-') ? first : `${first} ${second}`
  const names = commands.map(({ name }) => name)
  const groups = [...new Set(names.map((name) => name.split(' ')[0] ?? ''))]
  const similar = nearest(given, names) ?? nearest(first, groups)
  return [
    `certbound: unknown command ${printable(given)}`,
    ...(similar === null ? [] : [`  did you mean: certbound ${similar}`]),
    helpHint,
  ]
}

const helpHint = '  certbound --help lists the commands'

function print(output: Output, outcome: Outcome, json: boolean): Status {
  if (outcome.kind !== 'done') {
    const status = outcome.kind === 'usage' ? 2 : 1
    return printProblems(output, status, outcome.problems, outcome.next)
  }
  if (json) for (const line of printableJson(outcome.json).split('\n')) output.out(line)
  else for (const line of outcome.lines) output.out(printable(line))
  for (const line of outcome.next) output.err(printable(line))
  return outcome.status
}

function printProblems(
  output: Output,
  status: Status,
  problems: readonly string[],
  next: readonly string[],
): Status {
  for (const problem of problems) output.err(`certbound: ${printable(problem)}`)
  for (const line of next) output.err(`  ${printable(line)}`)
  return status
}

function printFault(output: Output, fault: unknown): Status {
  if (fault instanceof OperatorFault) return printProblems(output, 1, [fault.message], fault.next)
  const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault)
  if (process.env.CERTBOUND_DEBUG === undefined) {
    return printProblems(output, 1, [message], ['CERTBOUND_DEBUG=1 shows the stack'])
  }
  for (const line of String(fault instanceof Error ? fault.stack : fault).split('\n')) {
    output.err(printable(line))
  }
  return 1
}

/**
 * What the process offers a command, with what a test replaces.
 * @returns it, and `close` for the databases that the command has opened
 */
function liveContext(output: Output, world: Partial<Context>, dryRun: boolean) {
  const start = performance.now()
  const opened: OpenDatabase[] = []
  const keep = async (opening: Promise<OpenDatabase>): Promise<OpenDatabase> => {
    const database = await opening
    opened.push(database)
    return dryRun ? dryRunDatabase(database) : database
  }
  const cwd = world.cwd ?? process.cwd()
  const context: Context = {
    now: Math.floor(Date.now() / 1000),
    user: `${userName()}@${hostname()}`,
    cwd,
    environment: process.env,
    say: (line) => output.err(printable(line)),
    print: (line) => output.out(line),
    redraw: null,
    stdin: () => process.stdin,
    fetch: (url, init) => fetch(url, init),
    wrangler: (folder, args) => installedWrangler(folder)(args),
    elapsed: () => (performance.now() - start) / 1000,
    pause: (milliseconds) => setTimeout(milliseconds),
    ...world,
    open: (choice) => keep((world.open ?? ((same) => open(same, cwd)))(choice)),
    openAny: (choice, create = true) =>
      keep((world.openAny ?? ((same) => openAny(same, cwd, create && !dryRun)))(choice)),
  }
  const close = async () => {
    for (const database of opened) await database.close()
  }
  return { context, close }
}

function userName(): string {
  try {
    return process.env.USER || userInfo().username
  } catch {
    return 'unknown' // The user of a container may have no passwd entry.
  }
}
