import { dirname } from 'node:path'
import { isUnset } from '../../certificate/source-settings.ts'
import { schemaProblem } from '../../storage/schema-version.ts'
import { readStoredSet } from '../../trust-anchors/stored-set.ts'
import type { Context } from '../context.ts'
import { installedIn } from '../database/guarded.ts'
import { OperatorFault } from '../outcome.ts'
import type { Deployment } from './deployment.ts'
import { keySecret } from './secrets.ts'

/** What a check found, what it could not look at, and what would be better. */
export type Findings = {
  readonly problems: readonly string[]
  readonly skipped: readonly string[]
  readonly advice?: readonly string[]
}

/**
 * Asks which secrets the deployed Worker has.
 * @returns their names, or null and in the findings why they are not known
 */
export async function deployedSecrets(
  context: Context,
  config: string,
): Promise<{ readonly names: readonly string[] | null; readonly findings: Findings }> {
  const args = ['secret', 'list', '--format', 'json', '--config', config]
  const { status, stdout, stderr } = await context.wrangler(dirname(config), args)
  const names = status === 0 ? namesIn(stdout) : null
  const skipped = names === null ? [`the secret ${keySecret}: ${firstWords(stderr)}`] : []
  return { names, findings: { problems: [], skipped } }
}

/** Looks at the tables of the deployed database, and for the anchors that the variables name. */
export async function deployedTables(
  { vars }: Deployment,
  context: Context,
  config: string,
): Promise<Findings> {
  try {
    const database = await context.openAny({ remote: true, config, 'data-dir': undefined })
    const found = schemaProblem(await installedIn(database))
    const set = vars.PROXY_TRUST_ANCHOR_SET
    if (found === null) {
      const named = typeof set === 'string' && !isUnset(set)
      const problems =
        !named || ((await readStoredSet(database, set))?.anchors.length ?? 0) > 0
          ? []
          : [
              `PROXY_TRUST_ANCHOR_SET: the deployed database has no anchors in a set ${set}; \`certbound ca add ${set} FILE --remote\``,
            ]
      return { problems, skipped: [] }
    }
    const remedy = found.upgrade ? '`certbound schema upgrade --remote`' : 'use a newer Certbound'
    return { problems: [`the deployed database ${found.problem}; ${remedy}`], skipped: [] }
  } catch (fault) {
    if (!(fault instanceof OperatorFault)) throw fault
    return { problems: [], skipped: [`the deployed tables: ${firstWords(fault.message)}`] }
  }
}

function namesIn(json: string): string[] | null {
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
