import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { isUnset } from '../../certificate/source-settings.ts'
import type { Findings } from '../../deployment-check/secrets.ts'
import { keySecret, type WranglerConfig } from '../../deployment-check/wrangler-config.ts'
import { schemaProblem } from '../../storage/schema-version.ts'
import { readStoredSet } from '../../trust-anchors/stored-set.ts'
import type { Context } from '../context.ts'
import { installedIn } from '../database/guarded.ts'
import { OperatorFault } from '../outcome.ts'

/**
 * Reads a wrangler configuration with wrangler's own parser.
 * @param file absolute
 * @throws OperatorFault if the file is missing or invalid
 */
export async function readWrangler(file: string): Promise<WranglerConfig> {
  if (!existsSync(file)) {
    throw new OperatorFault(`there is no ${file}`, [
      'run this where your wrangler.toml is, or name it with --config FILE',
    ])
  }
  // wrangler loads for almost a second and may not be installed: import it only here.
  const { unstable_readConfig: readConfig } = await import('wrangler').catch((fault: unknown) => {
    throw new OperatorFault('wrangler is not installed', ['npm install --save-dev wrangler'], fault)
  })
  try {
    return readConfig({ config: file }, { hideWarnings: true })
  } catch (fault) {
    throw new OperatorFault(`wrangler cannot read ${file}: ${messageOf(fault)}`, [], fault)
  }
}

function messageOf(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : String(fault)
  const line =
    typeof fault === 'object' && fault !== null && 'location' in fault
      ? (fault.location as { readonly line?: unknown } | undefined)?.line
      : undefined
  return line === undefined ? message : `${message} (line ${line})`
}

const secretList = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(
    v.pipe(
      v.object({ name: v.string() }),
      v.transform(({ name }) => name),
    ),
  ),
)

/** Asks wrangler for the secrets of the deployed Worker. @returns null for names that are not known */
export async function deployedSecrets(
  context: Context,
  config: string,
): Promise<{ readonly names: readonly string[] | null; readonly findings: Findings }> {
  const args = ['secret', 'list', '--format', 'json', '--config', config]
  const { status, stdout, stderr } = await context.wrangler(dirname(config), args)
  const listed = v.safeParse(secretList, stdout)
  if (status === 0 && listed.success) return { names: listed.output, findings: {} }
  return {
    names: null,
    findings: { skipped: [`the secret ${keySecret}: ${firstSentence(stderr)}`] },
  }
}

/** Checks the schema of the deployed database, and the anchors that the variables name. */
export async function deployedTables(
  { vars }: WranglerConfig,
  context: Context,
  config: string,
): Promise<Findings> {
  try {
    const database = await context.openAny({ remote: true, config, 'data-dir': undefined })
    const found = schemaProblem(await installedIn(database))
    if (found !== null) {
      const remedy = found.upgrade ? '`certbound schema upgrade --remote`' : 'use a newer Certbound'
      return { problems: [`the deployed database ${found.problem}; ${remedy}`] }
    }
    const name = vars.PROXY_TRUST_ANCHOR_SET
    if (typeof name !== 'string' || isUnset(name)) return {}
    const set = await readStoredSet(database, name)
    if (set !== null && set.anchors.length > 0) return {}
    const add = `\`certbound ca add ${name} FILE --remote\``
    return {
      problems: [
        `PROXY_TRUST_ANCHOR_SET: the deployed database has no anchors in the set ${name}; ${add}`,
      ],
    }
  } catch (fault) {
    if (!(fault instanceof OperatorFault)) throw fault
    return { skipped: [`the deployed tables: ${firstSentence(fault.message)}`] }
  }
}

/** The first sentence of a message of wrangler, without colours and symbols. */
function firstSentence(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  const plain = text.replace(/\u001b\[[0-9;]*m/g, '').replace(/[✘✗▲]|\[(ERROR|WARNING)\]/g, '')
  const line = plain.split('\n').find((one) => one.trim() !== '') ?? 'wrangler gave no reason'
  return (/^.*?\.(?=\s|$)/.exec(line.trim()) ?? [line.trim()])[0] ?? ''
}
