import { readFileSync } from 'node:fs'

/** A server under load, in a process of its own. */
export type Server = {
  /** On 127.0.0.1. */
  readonly port: number
  /** Of the process that serves. */
  readonly pid: number
  readonly stop: () => Promise<void>
}

/** Linux tells times in hundredths of a second, whatever its own clock does. */
const tick = 10_000

/**
 * CPU time of a process so far, in microseconds: of all its threads, also those that have ended, in
 * user mode and in the kernel (`man 5 proc`, /proc/pid/stat).
 */
export function cpuTimeOf(pid: number): number {
  const fields = statFields(pid)
  return (Number(fields[11]) + Number(fields[12])) * tick
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  const threads = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return threads.split(' ').filter(Boolean).map(Number)
}

/** From the third one on: the second is the program's name, which may hold anything. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
