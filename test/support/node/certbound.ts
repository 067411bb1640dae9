import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../../../src/local-stores/project-root.ts'

/** How a command ended. */
export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs a Node program of the project and waits for its end. */
export function runNode(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env }
    const child = spawn(process.execPath, [...args], { cwd: projectRoot, env })
    const output = { out: '', err: '' }
    child.stdout.on('data', (text: Buffer) => {
      output.out += text.toString()
    })
    child.stderr.on('data', (text: Buffer) => {
      output.err += text.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...output }))
    child.stdin.end(options.input ?? '')
  })
}

/** Runs `npx certbound` as an operator would. */
export const certbound = (...args: readonly string[]): Promise<Ended> =>
  runNode([join(projectRoot, 'bin/certbound.js'), ...args])
