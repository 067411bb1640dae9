import { type Authority, mintAuthority } from './chains.ts'
import type { Depth, Part } from './harness/part.ts'
import type { Result } from './harness/report.ts'
import { type Running, running } from './harness/running.ts'
import { median, percentile, ratioOf, spreadOf } from './harness/statistics.ts'
import { type Generator, startGenerator } from './load/generator.ts'
import { callersOf, edgeRequest } from './load/requests.ts'
import { bundleOf } from './servers/bundles.ts'
import { startCertbound } from './servers/certbound.ts'
import { prepareDatabase, registerPartners } from './servers/clients.ts'
import type { Server } from './servers/server.ts'
import { connections } from './servers/under-load.ts'
import { startWorkerd } from './servers/workerd.ts'

const efforts: Readonly<Record<Depth, { rounds: number; warmUp: number; seconds: number }>> = {
  thorough: { rounds: 5, warmUp: 8000, seconds: 1 },
  quick: { rounds: 2, warmUp: 100, seconds: 0.1 },
}

/** More than at full load: every request finds a free connection. */
const ways = 4 * connections

export const latencyPart: Part = {
  about: 'how long a token takes where requests arrive at half of the capacity',
  async *run(depth) {
    const started = running()
    try {
      yield await arrivals(started, efforts[depth])
    } finally {
      await started.stopAll()
    }
  },
}

/** Both servers get the same rate of requests: half of Certbound's maximum. */
async function arrivals(
  started: Running,
  { rounds, warmUp, seconds }: (typeof efforts)[Depth],
): Promise<Result> {
  const authority = await mintAuthority('ES256', Math.floor(Date.now() / 1000))
  const generator = started.add(startGenerator())
  const certbound = started.add(await startCertbound({ dataDir: null, clientMemory: 300 }))
  await prepareDatabase(certbound.db, authority.anchor)
  await registerPartners(certbound.db, [1])
  const floor = started.add(await startWorkerd(await bundleOf('floor')))
  await keepRequest(generator, authority)
  await capacityOf(generator, floor, warmUp)
  const rate = (await capacityOf(generator, certbound, warmUp)) / 2
  const ours: Latencies = { p50: [], p99: [] }
  const theirs: Latencies = { p50: [], p99: [] }
  const how = { times: Math.ceil(rate * seconds), connections: ways, rate }
  for (let round = 0; round < rounds; round++) {
    for (const [{ port }, into] of [[certbound, ours] as const, [floor, theirs] as const]) {
      note(into, await generator.send(name, { ...how, port }))
    }
  }
  return {
    title: `a token, ${rate.toFixed(0)} arrivals a second`,
    sides: [rowOf('Certbound', ours), rowOf('form, signature, JSON', theirs)],
    figures: (['p50', 'p99'] as const).map((share) => ({
      name: `latency_${share}_vs_floor`,
      meaning: `${share} of the time to the answer, Certbound / form, signature, JSON`,
      ratio: ratioOf(ours[share], theirs[share]),
    })),
  }
}

const name = 'arrivals'

async function keepRequest(generator: Generator, authority: Authority): Promise<void> {
  const callers = await callersOf(authority, [1])
  await generator.store(
    name,
    callers.map((caller) => edgeRequest(caller, authority)),
  )
}

/** Responses in a second, after the same number for warm-up. */
async function capacityOf(generator: Generator, { port }: Server, times: number): Promise<number> {
  const how = { port, connections, rate: null }
  await generator.send(name, { ...how, times })
  const rates: number[] = []
  for (let i = 0; i < 5; i++) {
    const before = performance.now()
    await generator.send(name, { ...how, times: Math.ceil(times / 5) })
    rates.push(Math.ceil(times / 5) / ((performance.now() - before) / 1000))
  }
  return median(rates)
}

type Latencies = { readonly p50: number[]; readonly p99: number[] }

function note(into: Latencies, latencies: Float64Array): void {
  const values = [...latencies]
  into.p50.push(percentile(values, 0.5))
  into.p99.push(percentile(values, 0.99))
}

const rowOf = (label: string, { p50, p99 }: Latencies): Result['sides'][number] => ({
  label,
  measures: { p50: spreadOf(p50), p99: spreadOf(p99) },
})
