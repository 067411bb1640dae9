import { basename } from 'node:path'
import { parseConfig, unknownVariable } from '../../config.ts'
import { command, jsonOption } from '../command.ts'
import type { Context } from '../context.ts'
import { configOf } from '../database/open.ts'
import { done, failedCheck } from '../outcome.ts'
import { count } from '../terminal.ts'
import { deployedSecrets, deployedTables, type Findings } from './deployed.ts'
import { type Deployment, deploymentAdvice, deploymentProblems } from './deployment.ts'
import { readWrangler } from './read-wrangler.ts'
import { keySecret, put, secretNeeds, secretsInTheOpen, standIns } from './secrets.ts'

/** `config check`. */
export const configCheck = command({
  name: 'config check',
  summary: 'say everything that is wrong with wrangler.toml',
  about: [
    'Reads the variables with the parser that the Worker has. With --deploy also what must not go out:',
    'placeholders, further hosts, missing bindings; and, where wrangler is logged in, whether the',
    'deployment has its secrets and its tables. `npm run deploy` runs this first. Secrets are in no',
    'file: without --deploy it says which ones the variables need.',
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
    const found = await findings(deployment, context, file, options.deploy)
    const problems = found.flatMap((one) => one.problems)
    const skipped = found.flatMap((one) => one.skipped).map((what) => `not checked: ${what}`)
    const advice = found.flatMap((one) => one.advice ?? [])
    const json = { ok: problems.length === 0, problems, skipped, advice }
    if (problems.length > 0) {
      return failedCheck(problems, json, [
        ...skipped,
        ...advice,
        `${count(problems.length, 'thing')} to put right in ${basename(file)}`,
      ])
    }
    return done([`${basename(file)} is in order`], json, [
      ...skipped,
      ...advice,
      ...(options.deploy ? [] : ['--deploy also checks what matters to a deployment']),
    ])
  },
})

/** Everything that can be said, in the order in which it is read. */
async function findings(
  deployment: Deployment,
  context: Context,
  file: string,
  deploy: boolean,
): Promise<readonly Findings[]> {
  if (!deploy) return [variableFindings(deployment, null), secretFindings(deployment, null)]
  const problems = deploymentProblems(deployment)
  // Ids that are not filled in lead nowhere.
  if (problems.length > 0) {
    const skipped = ['the deployed secret and tables: first put the rest right']
    return [variableFindings(deployment, null), { problems, skipped }]
  }
  const { names, findings } = await deployedSecrets(context, file)
  return [
    variableFindings(deployment, names),
    { problems: [], skipped: [], advice: deploymentAdvice(deployment) },
    findings,
    secretFindings(deployment, names),
    await deployedTables(deployment, context, file),
  ]
}

/**
 * What the Worker's own parser says of the variables, and which it would ignore. Secrets are not in the
 * file: those that are needed or known to be set have stand-ins.
 */
function variableFindings(deployment: Deployment, known: readonly string[] | null): Findings {
  const { vars } = deployment
  const needed = secretNeeds(deployment, known).needed.map(({ name }) => name)
  const parsed = parseConfig({ ...standIns([...needed, ...(known ?? [])]), ...vars })
  const unknown = Object.keys(vars).flatMap((name) => unknownVariable(name) ?? [])
  const problems = [...(parsed.ok ? [] : parsed.error), ...unknown, ...secretsInTheOpen(deployment)]
  return { problems, skipped: [] }
}

/** Which secrets are wanting or misspelt; where nobody knows what is set, which are needed. */
function secretFindings(deployment: Deployment, known: readonly string[] | null): Findings {
  const { needed, advice } = secretNeeds(deployment, known)
  if (known === null) {
    const sentences = needed
      .filter(({ name }) => name !== keySecret)
      .map((one) => `needs the secret ${one.name}; ${put(one)}`)
    return { problems: [], skipped: [], advice: [...sentences, ...advice] }
  }
  const problems = needed
    .filter(({ name }) => !known.includes(name))
    .map((one) => `the secret ${one.name} is not set${one.why && `: ${one.why}`}; ${put(one)}`)
  // A proof that is ignored for its spelling would be missed by nobody.
  const unknown = known.flatMap((name) => {
    const words = unknownVariable(name)
    return words === null
      ? []
      : [
          `the secret ${words}${words.endsWith('?') ? '' : '.'} Take it away: \`npx wrangler secret delete ${name}\``,
        ]
  })
  return { problems: [...problems, ...unknown], skipped: [], advice }
}
