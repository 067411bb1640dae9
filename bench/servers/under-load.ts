import type { Side } from '../harness/contest.ts'
import type { Generator } from '../load/generator.ts'
import { cpuTimeOf, type Server } from './server.ts'

/** The number of connections of the load generator. */
export const connections = 16

/** Numbers from one to `last`, or `count` of them at equal intervals. */
export const numbersTo = (last: number, count = last): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(((i + 1) * last) / count))

/** A server as a side of a contest: its job is a response, its CPU time that of its process. */
export async function underLoad(
  generator: Generator,
  { label, server, requests }: { label: string; server: Server; requests: readonly Uint8Array[] },
): Promise<Side> {
  await generator.store(label, requests)
  return {
    label,
    cpuTime: () => cpuTimeOf(server.pid),
    async run(times) {
      await generator.send(label, { port: server.port, times, connections, rate: null })
    },
  }
}
