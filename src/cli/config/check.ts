import { basename, dirname } from 'node:path'
import { parseConfig } from '../../config.ts'
import { schemaVersion } from '../../keys/schema-version.ts'
import { unknownVariable } from '../../unknown-variable.ts'
import { command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { installedVersion } from '../database/guarded.ts'
import { configOf } from '../database/open.ts'
import { done, failedCheck, OperatorFault } from '../outcome.ts'
import { count } from '../terminal.ts'
import { type Deployment, deploymentProblems, keySecret } from './deployment.ts'
import { readWrangler } from './read-wrangler.ts'

/** What a check found, and what it could not look at. */
type Findings = { readonly problems: readonly string[]; readonly skipped: readonly string[] }

/** `config check`. */
export const configCheck = command({
  name: 'config check',
  summary: 'say everything that is wrong with wrangler.toml',
  about: [
    'Reads the variables with the parser that the Worker has. With --deploy also what must not go out:',
    'placeholders, further hosts, missing bindings; and, where wrangler is logged in, whether the',
    'deployment has its secret and its tables. `npm run deploy` runs this first.',
  ],
  arity: [0, 0],
  options: {
    deploy: { type: 'boolean', help: 'also what matters to a deployment' },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'the wrangler configuration (default wrangler.toml)',
    },
    ...jsonOption,
  },
  examples: ['certbound config check', 'certbound config check --deploy'],
  async run({ options }, context) {
    const file = configOf(options, context.cwd)
    const deployment = await readWrangler(file)
    const found = [
      { problems: variableProblems(deployment), skipped: [] },
      ...(options.deploy ? await deploymentFindings(deployment, context, file) : []),
    ]
    const problems = found.flatMap((one) => one.problems)
    const skipped = found.flatMap((one) => one.skipped).map((what) => `not checked: ${what}`)
    const json = { ok: problems.length === 0, problems, skipped }
    if (problems.length > 0) {
      return failedCheck(problems, json, [
        ...skipped,
        `${count(problems.length, 'thing')} to put right in ${basename(file)}`,
      ])
    }
    return done([`${basename(file)} is in order`], json, [
      ...skipped,
      ...(options.deploy ? [] : ['--deploy also checks what matters to a deployment']),
    ])
  },
})

/** What the Worker's own parser says of the variables, and which it would ignore. The secret is not in the file: a stand-in. */
function variableProblems({ vars }: Deployment): readonly string[] {
  const parsed = parseConfig({ [keySecret]: 'A'.repeat(43), ...vars })
  const unknown = Object.keys(vars).flatMap((name) => unknownVariable(name) ?? [])
  return [...(parsed.ok ? [] : parsed.error), ...unknown]
}

async function deploymentFindings(
  deployment: Deployment,
  context: Context,
  config: string,
): Promise<Findings[]> {
  const problems = deploymentProblems(deployment)
  // Ids that are not filled in lead nowhere.
  if (problems.length > 0) {
    return [{ problems, skipped: ['the deployed secret and tables: first put the rest right'] }]
  }
  return [await checkSecret(context, config), await checkTables(context, config)]
}

async function checkSecret(context: Context, config: string): Promise<Findings> {
  const args = ['secret', 'list', '--format', 'json', '--config', config]
  const { status, stdout, stderr } = await context.wrangler(dirname(config), args)
  const names = status === 0 ? secretNames(stdout) : null
  if (names === null) {
    return { problems: [], skipped: [`the secret ${keySecret}: ${firstWords(stderr)}`] }
  }
  const how = `certbound key-encryption-key generate | npx wrangler secret put ${keySecret}`
  return {
    problems: names.includes(keySecret) ? [] : [`the secret ${keySecret} is not set; \`${how}\``],
    skipped: [],
  }
}

async function checkTables(context: Context, config: string): Promise<Findings> {
  const apply = '`certbound schema apply --remote`'
  try {
    const choice = { remote: true, config, 'data-dir': undefined }
    const version = await installedVersion(await context.openAny(choice))
    if (version === schemaVersion) return { problems: [], skipped: [] }
    const problem =
      version === null
        ? `the deployed database has no tables; ${apply}`
        : `the deployed database has schema version ${version}, this code wants ${schemaVersion}`
    return { problems: [problem], skipped: [] }
  } catch (fault) {
    if (!(fault instanceof OperatorFault)) throw fault
    return { problems: [], skipped: [`the deployed tables: ${firstWords(fault.message)}`] }
  }
}

function secretNames(json: string): string[] | null {
  try {
    const secrets: unknown = JSON.parse(json)
    return Array.isArray(secrets)
      ? secrets.map((secret: { name?: unknown }) => String(secret.name))
      : null
  } catch {
    return null
  }
}

/** The first sentence of what wrangler says, without its colours and signs. */
function firstWords(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  const plain = text.replace(/\u001b\[[0-9;]*m/g, '').replace(/[✘✗▲]|\[(ERROR|WARNING)\]/g, '')
  const line = plain.split('\n').find((one) => one.trim() !== '') ?? 'wrangler gave no reason'
  return (/^.*?\.(?=\s|$)/.exec(line.trim()) ?? [line.trim()])[0] ?? ''
}
