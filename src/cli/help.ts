import { type Command, changeOptions, jsonOption, type Options } from './command.ts'
import { columns } from './terminal.ts'

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

const overviewExamples = [
  'certbound cert inspect partner.pem',
  'certbound ca add acme-ca acme-root.pem',
  'certbound client add "Acme Ltd" --certificate partner.pem --ca acme-ca \\',
  '    --scope "orders:read" --resource https://api.example.com',
  'certbound client list --json',
]

/** The help of the program. */
export const overview = (commands: readonly Command[]): string[] => [
  'certbound: register partners, trust their CAs, manage signing keys, check a deployment.',
  '',
  'Usage: certbound COMMAND [options]',
  '',
  'Commands:',
  ...indent(columns(commands.map(({ name, summary }) => [name, summary]))),
  '',
  'Examples:',
  ...indent(overviewExamples),
  '',
  '"certbound COMMAND --help" shows the options. Exit status: 0 done, 1 refused, 2 usage error.',
]

/** The help of the commands that begin with the same word. */
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
    `"certbound ${own[0]?.name ?? group} --help" shows its options.`,
  ]
}

/** A line that ends in a backslash continues in the next one. */
const firstExample = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, lines.findIndex((line) => !line.endsWith('\\')) + 1)

const usageOf = ({ name, operands }: Command): string =>
  `certbound ${name}${operands === undefined ? '' : ` ${operands}`} [options]`

/** Options with their help. */
const optionRows = (options: Options): [option: string, help: string][] =>
  Object.entries(options).map(([name, { value, multiple, help }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    multiple ? `${help} (repeatable)` : help,
  ])

/** The help of one command. */
export const commandHelp = (command: Command): string[] => [
  `Usage: ${usageOf(command)}`,
  '',
  `${command.summary}.`,
  ...(command.about ?? []),
  '',
  'Options:',
  ...indent(columns([...optionRows(command.options), ['--help', 'show this text']])),
  '',
  'Examples:',
  ...indent(command.examples),
]

/** docs/reference.md: the help of every command in Markdown. */
export const reference = (commands: readonly Command[]): string =>
  [
    '# Reference of the command line',
    '',
    '<!-- Written by `node scripts/write-reference.ts` from the declarations in src/cli. Do not edit. -->',
    '',
    'Exit status: 0 done, 1 refused, 2 usage error. Results go to standard output, notes and problems to',
    'standard error. `certbound COMMAND --help` shows the same text as this page.',
    '',
    '| command | |',
    '|---|---|',
    ...commands.map(
      ({ name, summary }) => `| [${name}](#${name.replaceAll(' ', '-')}) | ${inTable(summary)} |`,
    ),
    '',
    '## Common options',
    '',
    'Every command has `--json`. A command that uses the database works on the local data folder, or with',
    '`--remote` on the deployed database. Every command that changes the database has `--dry-run`.',
    '',
    ...optionTable(commonOptions),
    ...commands.flatMap(referenceSection),
    '',
  ].join('\n')

const commonOptions: Options = { ...jsonOption, ...changeOptions }

function referenceSection(command: Command): string[] {
  const options = Object.entries(command.options)
  const own = options.filter(([name, option]) => commonOptions[name] !== option)
  const common = options.filter(([name, option]) => commonOptions[name] === option)
  return [
    '',
    `## ${command.name}`,
    '',
    `    ${usageOf(command)}`,
    '',
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.about ?? []),
    '',
    ...(own.length === 0 ? [] : [...optionTable(Object.fromEntries(own)), '']),
    `Common options: ${common.map(([name]) => `\`--${name}\``).join(', ')}`,
    '',
    '```sh',
    ...command.examples,
    '```',
  ]
}

const optionTable = (options: Options): string[] => [
  '| option | |',
  '|---|---|',
  ...optionRows(options).map(([option, help]) => `| \`${inTable(option)}\` | ${inTable(help)} |`),
]

const inTable = (text: string): string => text.replaceAll('|', '\\|')
