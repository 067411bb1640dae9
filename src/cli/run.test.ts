import { describe, expect, it } from 'vitest'
import { command } from './command.ts'
import { commands } from './commands.ts'
import { checked, done, OperatorFault, refused, usage } from './outcome.ts'
import { parseArguments } from './parse-arguments.ts'
import { run } from './run.ts'

const outcomes = {
  done: async () => done(['a line\u001b'], { text: 'a\u202e' }, ['next']),
  no: async () => checked(false, ['no'], { ok: false }),
  refused: async () => refused('not this', 'but that'),
  usage: async () => usage('what?'),
  operator: async () => Promise.reject(new OperatorFault('it is off', ['switch it on'])),
  fault: async () => Promise.reject(new TypeError('broken')),
}

const probes = Object.entries(outcomes).map(([name, outcome]) =>
  command({
    name: `probe ${name}`,
    summary: name,
    options: {},
    examples: [],
    run: outcome,
  }),
)

async function ran(args: string[], table = probes) {
  const out: string[] = []
  const err: string[] = []
  const status = await run(args, table, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  })
  return { status, out: out.join('\n'), err: err.join('\n') }
}

describe('run', () => {
  const cases: [name: string, args: string[], status: number, out: string, err: string][] = [
    ['a result', ['probe', 'done'], 0, 'a line\\u{1b}', 'next'],
    ['a result as JSON', ['probe', 'done', '--json'], 0, '{\n  "text": "a\\u202e"\n}', 'next'],
    ['a failed check', ['probe', 'no'], 1, 'no', ''],
    ['a refusal', ['probe', 'refused'], 1, '', 'certbound: not this\n  but that'],
    ['invalid usage', ['probe', 'usage'], 2, '', 'certbound: what?'],
    [
      'a fault for the operator',
      ['probe', 'operator'],
      1,
      '',
      'certbound: it is off\n  switch it on',
    ],
  ]
  it.each(cases)('%s', async (_, args, status, out, err) => {
    expect(await ran(args)).toEqual({ status, out, err })
  })
  it('names any other fault without its stack', async () => {
    const { status, err } = await ran(['probe', 'fault'])
    expect(status).toBe(1)
    expect(err).toMatch(/^certbound: TypeError: broken\n {2}CERTBOUND_DEBUG=1/)
  })
  const lost: [args: string[], status: number, message: RegExp][] = [
    [[], 2, /Usage: certbound COMMAND/],
    [['probe'], 2, /Usage: certbound probe COMMAND/],
    [['probe', 'don'], 2, /unknown command probe don\n {2}did you mean: certbound probe done/],
    [
      ['prob\u001b', 'done'],
      2,
      /unknown command prob\\u\{1b\} done\n {2}did you mean: certbound probe done/,
    ],
    [['--json', 'probe'], 2, /the command comes before its options/],
    [['probe', 'done', '--jsn'], 2, /did you mean --json\?\n {2}certbound probe done --help/],
  ]
  it.each(lost)('%j: %i', async (args, status, message) => {
    const result = await ran(args)
    expect(result).toMatchObject({ status, out: '' })
    expect(result.err).toMatch(message)
  })
  it.each([
    ['--help'],
    ['help'],
    ['-h'],
    ['probe', '--help'],
    ['probe', 'done', '--json', '--help'],
  ])('helps on %s', async (...args) => {
    const result = await ran(args)
    expect(result).toMatchObject({ status: 0, err: '' })
    expect(result.out).toMatch(/^(Usage|certbound):?/)
  })
})

describe('the table of commands', () => {
  it.each(commands.map((one) => [one.name, one] as const))('%s helps', async (name, one) => {
    const { status, out } = await ran([...name.split(' '), '--help'], [...commands])
    expect(status).toBe(0)
    for (const option of Object.keys(one.options)) expect(out).toContain(`--${option}`)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
  })
  const groups = [...new Set(commands.map(({ name }) => name.replace(/ .*/, '')))]
  it.each(groups)('%s helps with whole examples', async (group) => {
    const { out } = await ran([group, '--help'], [...commands])
    expect(out).not.toMatch(/\\\n(?! {4})/)
  })
  // Every example must parse.
  const examples = commands.flatMap((one) =>
    joined(one.examples).map((example) => [example, one] as const),
  )
  it.each(examples)('%s', (example, one) => {
    const words = [...(example.split(/ [|>] /)[0] ?? '').matchAll(/"([^"]*)"|(\S+)/g)]
    const args = words.map(([, quoted, plain]) => quoted ?? plain ?? '')
    const length = one.name.split(' ').length
    expect(args.slice(0, length + 1)).toEqual(['certbound', ...one.name.split(' ')])
    expect(parseArguments(one, args.slice(length + 1))).toMatchObject({ ok: true })
  })
})

/** A line that ends in a backslash continues in the next one. */
const joined = (lines: readonly string[]): string[] =>
  lines
    .join('\n')
    .replaceAll(/ \\\n\s*/g, ' ')
    .split('\n')
