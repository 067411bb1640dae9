import type { Command } from './command.ts'
import { columns } from './terminal.ts'

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

const overviewExamples = [
  'certbound cert inspect partner.pem',
  'certbound ca add acme-ca acme-root.pem',
  'certbound client add "Acme Ltd" --certificate partner.pem --ca acme-ca \\',
  '    --scope "orders:read" --resource https://api.example.com',
  'certbound client list --json',
]

/** The help of the whole program. */
export function overview(commands: readonly Command[]): string[] {
  return [
    'certbound: register partners, trust their CAs, turn keys over.',
    '',
    'Usage: certbound COMMAND [options]',
    '',
    'Commands:',
    ...indent(columns(commands.map(({ name, summary }) => [name, summary]))),
    '',
    'Examples:',
    ...indent(overviewExamples),
    '',
    '"certbound COMMAND --help" tells the options. Exit status: 0 done, 1 refused, 2 not understood.',
  ]
}

/** The help of the commands that share a first word. */
export function groupHelp(group: string, commands: readonly Command[]): string[] {
  const own = commands.filter(({ name }) => name.startsWith(`${group} `))
  return [
    `Usage: certbound ${group} COMMAND [options]`,
    '',
    'Commands:',
    ...indent(columns(own.map(({ name, summary }) => [name, summary]))),
    '',
    'Examples:',
    ...indent(own.flatMap(({ examples }) => firstExample(examples))),
    '',
    `"certbound ${own[0]?.name ?? group} --help" tells its options.`,
  ]
}

/** Lines that end in a backslash go on in the next one. */
const firstExample = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, lines.findIndex((line) => !line.endsWith('\\')) + 1)

/** The help of one command, from its table. */
export function commandHelp(command: Command): string[] {
  const options = Object.entries(command.options).map(([name, option]) => [
    option.value === undefined ? `--${name}` : `--${name} ${option.value}`,
    option.multiple ? `${option.help} (repeatable)` : option.help,
  ])
  const operands = command.operands === undefined ? '' : ` ${command.operands}`
  return [
    `Usage: certbound ${command.name}${operands} [options]`,
    '',
    `${command.summary}.`,
    ...(command.about ?? []),
    '',
    'Options:',
    ...indent(columns([...options, ['--help', 'this text']])),
    '',
    'Examples:',
    ...indent(command.examples),
  ]
}
