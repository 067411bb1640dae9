import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * The command line of a running process, or null where there is none of that number (or it is not
 * ours to ask about).
 */
export function commandLineOf(pid: number): string | null {
  try {
    // The quick way, where there is one; ended processes that nobody waited for have an empty one.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null
  } catch {
    if (process.platform === 'linux') return null
  }
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], options).trim() || null
  } catch {
    return null
  }
}
