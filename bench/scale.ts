import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, mintAuthority } from './chains.ts'
import type { Depth, Part } from './harness/part.ts'
import type { Result } from './harness/report.ts'
import { type Running, running } from './harness/running.ts'
import { percentile, ratioOf, spreadOf } from './harness/statistics.ts'
import { type Generator, startGenerator } from './load/generator.ts'
import { callersOf, edgeRequest } from './load/requests.ts'
import { startCertbound } from './servers/certbound.ts'
import { importPartners } from './servers/clients.ts'
import { numbersTo } from './servers/under-load.ts'

type Sizes = {
  readonly small: number
  readonly large: number
  readonly asked: number
  readonly rounds: number
}

const sizes: Readonly<Record<Depth, Sizes>> = {
  thorough: { small: 1_000, large: 1_000_000, asked: 1_000, rounds: 9 },
  quick: { small: 50, large: 2_000, asked: 50, rounds: 2 },
}

/** All other clients come before the same client comes again. */
const clientMemory = 1

export const scalePart: Part = {
  about: 'lookups in D1 with a thousand clients and with a million',
  async *run(depth) {
    const started = running()
    const dataDir = await mkdtemp(join(tmpdir(), 'certbound-bench-'))
    try {
      yield await lookups(started, dataDir, sizes[depth])
    } finally {
      await started.stopAll()
      await rm(dataDir, { recursive: true, force: true })
    }
  },
}

/**
 * Both sides request the same number of clients, spread over all clients. Each request reads its client from
 * D1 again, and finds the verdict on its certificate in the cache. With one connection, the time is that of
 * one lookup and not of a queue.
 */
async function lookups(
  started: Running,
  dataDir: string,
  { small, large, asked, rounds }: Sizes,
): Promise<Result> {
  const authority = await mintAuthority('ES256', Math.floor(Date.now() / 1000))
  const generator = started.add(startGenerator())
  const stage = { started, generator, authority, asked }
  const few = await lookupsAmong(small, join(dataDir, 'few'), stage)
  const many = await lookupsAmong(large, join(dataDir, 'many'), stage)
  for (let round = 0; round < rounds; round++) {
    const turns = round % 2 === 0 ? [few, many] : [many, few]
    for (const turn of turns) await turn.measure(Math.ceil(asked / 2))
  }
  return {
    title: 'a token, its client read from D1',
    sides: [few, many].map(({ label, p50, p99 }) => ({
      label,
      measures: { p50: spreadOf(p50), p99: spreadOf(p99) },
    })),
    figures: (['p50', 'p99'] as const).map((share) => ({
      name: `clients_1m_vs_1k_${share}`,
      meaning: `${share} of the time to the answer, ${many.label} / ${few.label}`,
      ratio: ratioOf(many[share], few[share]),
    })),
  }
}

type Stage = {
  readonly started: Running
  readonly generator: Generator
  readonly authority: Authority
  readonly asked: number
}

async function lookupsAmong(
  clients: number,
  dataDir: string,
  { started, generator, authority, asked }: Stage,
) {
  const label = `among ${clients.toLocaleString('en').replaceAll(',', ' ')} clients`
  await importPartners(dataDir, authority.anchor, clients)
  const server = started.add(await startCertbound({ dataDir, clientMemory }))
  const numbers = numbersTo(clients, asked)
  const callers = await callersOf(authority, numbers)
  await generator.store(
    label,
    callers.map((caller) => edgeRequest(caller, authority)),
  )
  const ask = (times: number) =>
    generator.send(label, { port: server.port, times, connections: 1, rate: null })
  await ask(asked)
  const p50: number[] = []
  const p99: number[] = []
  const measure = async (times: number): Promise<void> => {
    const latencies = [...(await ask(times))]
    p50.push(percentile(latencies, 0.5))
    p99.push(percentile(latencies, 0.99))
  }
  return { label, p50, p99, measure }
}
