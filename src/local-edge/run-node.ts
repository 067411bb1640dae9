import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { projectRoot } from '../local-stores/project-root.ts'

/** Runs a Node program of this project to its end. Gives its exit status and both output streams. */
export async function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const results = [once(child, 'close'), text(child.stdout), text(child.stderr)] as const
  const [[code], out, err] = await Promise.all(results)
  return { code, output: `${out}${err}`.trim() }
}
