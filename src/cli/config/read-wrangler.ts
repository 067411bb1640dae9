import { existsSync } from 'node:fs'
import { OperatorFault } from '../outcome.ts'
import type { Deployment } from './deployment.ts'

/**
 * Reads a wrangler configuration as wrangler does.
 * @param file absolute
 * @throws OperatorFault where there is none, or wrangler cannot read it
 */
export async function readWrangler(file: string): Promise<Deployment> {
  if (!existsSync(file)) {
    throw new OperatorFault(`there is no ${file}`, [
      'run this where your wrangler.toml is, or name it with --config FILE',
    ])
  }
  // Most of a second of loading, and it may not be installed: only for the command that needs it.
  const { unstable_readConfig: readConfig } = await import('wrangler').catch((fault: unknown) => {
    throw new OperatorFault('wrangler is not installed', ['npm install --save-dev wrangler'], fault)
  })
  try {
    return readConfig({ config: file }, { hideWarnings: true })
  } catch (fault) {
    throw new OperatorFault(`wrangler cannot read ${file}: ${wordsOf(fault)}`, [], fault)
  }
}

function wordsOf(fault: unknown): string {
  const words = fault instanceof Error ? fault.message : String(fault)
  const line =
    typeof fault === 'object' && fault !== null && 'location' in fault
      ? (fault.location as { readonly line?: unknown } | undefined)?.line
      : undefined
  return line === undefined ? words : `${words} (line ${line})`
}
