import type { Side } from '../harness/contest.ts'
import type { Generator } from '../load/generator.ts'
import { cpuTimeOf, type Server } from './server.ts'

/** As many as one caller of the bench keeps open. */
export const connections = 16

/** Numbers from one on, or so many at equal distances up to a last one. */
export const numbersTo = (last: number, count = last): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(((i + 1) * last) / count))

/** A server as a side: its job is an answer, its CPU time that of its own process. */
export async function underLoad(
  generator: Generator,
  { label, server, requests }: { label: string; server: Server; requests: readonly Uint8Array[] },
): Promise<Side> {
  await generator.keep(label, requests)
  return {
    label,
    cpuTime: () => cpuTimeOf(server.pid),
    async run(times) {
      await generator.send(label, { port: server.port, times, connections, rate: null })
    },
  }
}
