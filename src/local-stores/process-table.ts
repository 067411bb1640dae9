import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process'
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
