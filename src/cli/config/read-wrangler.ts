import { existsSync } from 'node:fs'
import type { WranglerConfig } from '../../deployment-check/wrangler-config.ts'
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
