import { basename } from 'node:path'
import { type Findings, secretFindings, variableFindings } from '../../deployment-check/secrets.ts'
import {
  deploymentAdvice,
  deploymentProblems,
  type WranglerConfig,
} from '../../deployment-check/wrangler-config.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { configOf } from '../database/open.ts'
import { checked, done } from '../outcome.ts'
import { count } from '../terminal.ts'
import { deployedSecrets, deployedTables, readWrangler } from './deployed.ts'

export const configCheck = command({
  name: 'config check',
  summary: 'report everything that is wrong in wrangler.toml',
  about: [
    'Reads the variables with the parser of the Worker. --deploy also finds placeholders, other hosts and',
    'missing bindings; and, if wrangler is logged in, missing secrets and tables of the deployment.',
    '`npm run deploy` runs this first. No file contains secrets: without --deploy the command shows which',
    'ones the variables need.',
  ],
  options: {
    deploy: { help: 'also check what a deployment needs' },
    config: { value: 'FILE', help: 'wrangler configuration (default wrangler.toml)' },
  },
  examples: ['certbound config check', 'certbound config check --deploy'],
  async run({ options }, context) {
    const file = configOf(options, context.cwd)
    const config = await readWrangler(file)
    const findings = options.deploy
      ? await deploymentFindings(config, context, file)
      : [variableFindings(config, null), secretFindings(config, null)]
    const problems = findings.flatMap((one) => one.problems ?? [])
    const skipped = findings
      .flatMap((one) => one.skipped ?? [])
      .map((what) => `not checked: ${what}`)
    const advice = findings.flatMap((one) => one.advice ?? [])
    const json = { ok: problems.length === 0, problems, skipped, advice }
    const next = [...skipped, ...advice]
    if (problems.length > 0) {
      next.push(`${count(problems.length, 'problem')} in ${basename(file)}`)
      return checked(false, problems, json, next)
    }
    if (!options.deploy) next.push('--deploy also checks what a deployment needs')
    return done([`${basename(file)} is in order`], json, next)
  },
})

async function deploymentFindings(
  config: WranglerConfig,
  context: Context,
  file: string,
): Promise<readonly Findings[]> {
  const problems = deploymentProblems(config)
  // With placeholder ids wrangler cannot find the deployment.
  if (problems.length > 0) {
    const skipped = ['the deployed secrets and tables: first correct the problems']
    return [variableFindings(config, null), { problems, skipped }]
  }
  const { names, findings } = await deployedSecrets(context, file)
  return [
    variableFindings(config, names),
    { advice: deploymentAdvice(config) },
    findings,
    secretFindings(config, names),
    await deployedTables(config, context, file),
  ]
}
