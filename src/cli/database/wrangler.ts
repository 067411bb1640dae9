import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { OperatorFault } from '../outcome.ts'

/** The result of a child process. */
export type Ended = { readonly status: number; readonly stdout: string; readonly stderr: string }

/** Runs `wrangler` with arguments. */
export type RunWrangler = (args: readonly string[]) => Promise<Ended>

/**
 * The `wrangler` of the project, run as a child process by this Node.
 * @throws OperatorFault if it is not installed
 */
export function installedWrangler(cwd: string): RunWrangler {
  const script = wranglerScript()
  return async (args) => {
    // Without a shell, arguments are passed as they are. Without a terminal, wrangler does not prompt.
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
    })
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { status: Number(status ?? 1), stdout, stderr }
  }
}

function wranglerScript(): string {
  try {
    const entry = import.meta.resolve('wrangler/package.json')
    return fileURLToPath(new URL('bin/wrangler.js', entry))
  } catch (cause) {
    throw new OperatorFault(
      'the deployed database is reached through wrangler, which is not installed',
      ['npm install --save-dev wrangler'],
      cause,
    )
  }
}
