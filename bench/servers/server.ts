import { readdirSync, readFileSync } from 'node:fs'

/** A server under load, in a process of its own. */
export type Server = {
  /** On 127.0.0.1. */
  readonly port: number
  /** Of the process that serves. */
  readonly pid: number
  readonly stop: () => Promise<void>
}

/**
 * CPU time of a process so far, in microseconds: of all its threads, in user mode and in the kernel.
 * Linux counts it in nanoseconds for each of them (Documentation/scheduler/sched-stats.rst), and in
 * hundredths of a second for the whole. The threads of these servers last as long as they do.
 */
export function cpuTimeOf(pid: number): number {
  const spent = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds)
  })
  return spent.reduce((sum, each) => sum + each, 0) / 1000
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  const threads = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return threads.split(' ').filter(Boolean).map(Number)
}
