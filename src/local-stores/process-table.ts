import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * The command line of a running process; null if there is no such process, or it belongs to another user.
 */
export function commandLineOf(pid: number): string | null {
  try {
    // Linux; zombie processes have an empty one.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null
  } catch {
    if (process.platform === 'linux') return null
  }
  return outputOf('ps', '-o', 'command=', '-p', String(pid))?.trim() || null
}

/** The standard output of a program, or null if it fails. */
export function outputOf(program: string, ...args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}
