import { readdirSync, readFileSync } from 'node:fs'

/** A server under load, in its own process. */
export type Server = {
  /** On 127.0.0.1. */
  readonly port: number
  /** The process id of the server. */
  readonly pid: number
  readonly stop: () => Promise<void>
}

/**
 * The CPU time of a process so far, in microseconds: all threads, user mode and kernel. Linux counts each
 * thread in nanoseconds (Documentation/scheduler/sched-stats.rst), but the process in hundredths of a
 * second. The threads of these servers live as long as the servers.
 */
export function cpuTimeOf(pid: number): number {
  const spent = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds)
  })
  return spent.reduce((sum, each) => sum + each, 0) / 1000
}

/** The running child processes of a process. */
export function childrenOf(pid: number): number[] {
  const threads = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return threads.split(' ').filter(Boolean).map(Number)
}
