import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, mintAuthority } from './chains.ts'
import type { Depth, Part } from './harness/part.ts'
import type { Result } from './harness/report.ts'
import { type Running, running } from './harness/running.ts'
import { once, ratioOf, spreadOf } from './harness/statistics.ts'
import { type Generator, startGenerator } from './load/generator.ts'
import { callersOf, edgeRequest } from './load/requests.ts'
import { bundleOf, gzipKib, workerBundle } from './servers/bundles.ts'
import { startCertbound } from './servers/certbound.ts'
import { prepareDatabase, registerPartners } from './servers/clients.ts'
import { heapOf } from './servers/heap.ts'
import { connections, numbersTo } from './servers/under-load.ts'
import { startWorkerd, type WorkerServer } from './servers/workerd.ts'

const efforts: Readonly<Record<Depth, { starts: number; partners: number }>> = {
  thorough: { starts: 5, partners: 10_000 },
  quick: { starts: 1, partners: 50 },
}
const mib = 1024 * 1024

export const startPart: Part = {
  about: 'from the start to the first token, size of the bundle, memory',
  async *run(depth) {
    const started = running()
    const dataDir = await mkdtemp(join(tmpdir(), 'certbound-bench-'))
    const { starts, partners } = efforts[depth]
    try {
      const authority = await mintAuthority('ES256', Math.floor(Date.now() / 1000))
      const generator = started.add(startGenerator())
      await workerBundle() // Bundled before the measurement.
      yield await firstTokens({ generator, authority, dataDir }, starts)
      yield await memory(started, generator, authority, partners)
    } finally {
      await started.stopAll()
      await rm(dataDir, { recursive: true, force: true })
    }
  },
}

type Stage = {
  readonly generator: Generator
  readonly authority: Authority
  readonly dataDir: string
}

/** Certbound starts with a key and a client in D1, the floor without data. */
async function firstTokens(stage: Stage, starts: number): Promise<Result> {
  const { generator, authority, dataDir } = stage
  await generator.store('first', await requestsOf(authority, [1]))
  const start = () => startCertbound({ dataDir, clientMemory: 30 })
  const first = await start()
  await prepareDatabase(first.db, authority.anchor)
  await registerPartners(first.db, [1])
  await tokenOf(generator, first) // The Worker generates its key.
  await first.stop()
  const floor = await bundleOf('floor')
  const ours: number[] = []
  const theirs: number[] = []
  for (let i = 0; i < starts; i++) {
    ours.push(await timeToToken(generator, start))
    theirs.push(await timeToToken(generator, () => startWorkerd(floor)))
  }
  const kib = gzipKib(await workerBundle())
  return {
    title: 'start of workerd to the first token',
    sides: [
      { label: 'Certbound', measures: { 'wall time': spreadOf(ours) } },
      { label: 'form, signature, JSON', measures: { 'wall time': spreadOf(theirs) } },
    ],
    figures: [
      {
        name: 'first_token_vs_floor',
        meaning: 'time from the start, Certbound / form, signature, JSON',
        ratio: ratioOf(ours, theirs),
      },
      { name: 'bundle_gzip_kib', meaning: 'KiB of the bundle, gzip', ratio: once(kib) },
    ],
  }
}

async function timeToToken(
  generator: Generator,
  start: () => Promise<WorkerServer>,
): Promise<number> {
  const before = performance.now()
  const server = await start()
  await tokenOf(generator, server)
  const time = (performance.now() - before) * 1000
  await server.stop()
  return time
}

const tokenOf = (generator: Generator, { port }: WorkerServer) =>
  generator.send('first', { port, times: 1, connections: 1, rate: null })

const requestsOf = async (authority: Authority, numbers: readonly number[]) =>
  (await callersOf(authority, numbers)).map((caller) => edgeRequest(caller, authority))

/** The heap of an isolate after one token for each of `count` partners. */
async function memory(
  started: Running,
  generator: Generator,
  authority: Authority,
  partners: number,
): Promise<Result> {
  const numbers = numbersTo(partners)
  await generator.store('all', await requestsOf(authority, numbers))
  const start = { dataDir: null, clientMemory: 300, inspected: true }
  const server = started.add(await startCertbound(start))
  await prepareDatabase(server.db, authority.anchor)
  await registerPartners(server.db, numbers)
  const ask = (times: number) =>
    generator.send('all', { port: server.port, times, connections, rate: null })
  await ask(1)
  const before = await heapOf(await server.inspector())
  await ask(partners - 1)
  const after = await heapOf(await server.inspector())
  return {
    title: `memory of an isolate after ${partners} partners`,
    sides: [],
    figures: [
      { name: 'heap_one_partner_mib', meaning: 'MiB of heap', ratio: once(before / mib) },
      { name: 'heap_10k_partners_mib', meaning: 'MiB of heap', ratio: once(after / mib) },
    ],
  }
}
