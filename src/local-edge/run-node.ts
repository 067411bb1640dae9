import { spawn } from 'node:child_process'
import { projectRoot } from '../local-stores/project-root.ts'

/** How a Node program ended, and all it said on either stream. */
export type Ended = { readonly code: number | null; readonly said: string }

/** Runs a Node program of this project to its end. */
export function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text.toString()
      })
    }
    child.on('error', failed)
    child.on('close', (code) => done({ code, said: said.trim() }))
  })
}
