import { parseConfig, unknownVariable } from '../config.ts'
import { placeholderSecrets, publicSecrets, put, secretNeeds } from './secrets.ts'
import { keySecret, type WranglerConfig } from './wrangler-config.ts'

/** The result of a check, a sentence each. */
export type Findings = {
  readonly problems?: readonly string[]
  /** What could not be checked, and why. */
  readonly skipped?: readonly string[]
  readonly advice?: readonly string[]
}

/**
 * Checks the variables with the parser of the Worker, with placeholders for the secrets.
 * @param known the names of the secrets that are set; null if they are not known
 */
export function variableFindings(
  config: WranglerConfig,
  known: readonly string[] | null,
): Findings {
  const { vars } = config
  const needed = secretNeeds(config, known).needed.map(({ name }) => name)
  const parsed = parseConfig({ ...placeholderSecrets([...needed, ...(known ?? [])]), ...vars })
  const unknown = Object.keys(vars).flatMap((name) => unknownVariable(name) ?? [])
  return { problems: [...(parsed.ok ? [] : parsed.error), ...unknown, ...publicSecrets(config)] }
}

/** Checks which secrets are missing or misspelt; if they are not known, which are needed. */
export function secretFindings(config: WranglerConfig, known: readonly string[] | null): Findings {
  const { needed, advice } = secretNeeds(config, known)
  if (known === null) {
    const others = needed.filter(({ name }) => name !== keySecret)
    const needs = others.map((one) => `needs the secret ${one.name}; ${put(one)}`)
    return { advice: [...needs, ...advice] }
  }
  const missing = needed.filter(({ name }) => !known.includes(name))
  const problems = missing.map(
    (one) => `the secret ${one.name} is not set${one.why && `: ${one.why}`}; ${put(one)}`,
  )
  // The Worker ignores a misspelt secret: without this check its protection would be missing unnoticed.
  for (const name of known) {
    const problem = unknownVariable(name)
    if (problem === null) continue
    const end = problem.endsWith('?') ? '' : '.'
    problems.push(`the secret ${problem}${end} Delete it: \`npx wrangler secret delete ${name}\``)
  }
  return { problems, advice }
}
