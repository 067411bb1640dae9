import { toBase64 } from '../src/encoding/base64.ts'
import { type Authority, mintAuthority } from './chains.ts'
import type { Contest, Figure } from './harness/contest.ts'
import { ofServers, type Part } from './harness/part.ts'
import { runContest } from './harness/report.ts'
import { type Running, running } from './harness/running.ts'
import { type Generator, startGenerator } from './load/generator.ts'
import { callersOf, edgeRequest, proxiedRequest } from './load/requests.ts'
import { bundleOf } from './servers/bundles.ts'
import { startCertbound } from './servers/certbound.ts'
import { prepareDatabase, registerPartners } from './servers/clients.ts'
import { startOidcProvider } from './servers/oidc-provider.ts'
import { connections, numbersTo, underLoad } from './servers/under-load.ts'
import { startWorkerd } from './servers/workerd.ts'

/** More clients than the client cache holds (src/deployment.ts), so that each request is a cache miss. */
const coldClients = { thorough: 6_000, quick: 100 } as const
const rotation = 1_000

/** In seconds. No client is read twice during the bench. */
const clientMemory = 300

export const tokensPart: Part = {
  about: 'token requests, warm and cold, against a bare signature and oidc-provider',
  async *run(depth) {
    const started = running()
    try {
      const authority = await mintAuthority('ES256', Math.floor(Date.now() / 1000))
      const stage = { started, generator: started.add(startGenerator()), authority }
      yield await runContest(await warmContest(stage), ofServers[depth])
      yield await runContest(await coldContest(stage, coldClients[depth]), ofServers[depth])
    } finally {
      await started.stopAll()
    }
  },
}

type Stage = {
  readonly started: Running
  readonly generator: Generator
  readonly authority: Authority
}

async function warmContest({ started, generator, authority }: Stage): Promise<Contest> {
  const numbers = numbersTo(rotation)
  const callers = await callersOf(authority, numbers)
  const atEdge = callers.map((caller) => edgeRequest(caller, authority))
  const proxied = callers.slice(0, 1).map((caller) => proxiedRequest(caller, authority))
  const certbound = started.add(await startCertbound({ dataDir: null, clientMemory }))
  await prepareDatabase(certbound.db, authority.anchor)
  await registerPartners(certbound.db, numbers)
  const floor = started.add(await startWorkerd(await bundleOf('floor')))
  const reading = started.add(await startWorkerd(await bundleOf('reading-floor')))
  const anchor = toBase64(authority.anchor)
  const verifying = started.add(await startOidcProvider({ client: 1, anchor }))
  const trusting = started.add(await startOidcProvider({ client: 1, anchor: null }))
  const [one, all] = [atEdge.slice(0, 1), atEdge]
  const side = underLoad.bind(null, generator)
  const sides = {
    floor: await side({ label: 'form, signature, JSON', server: floor, requests: one }),
    certbound: await side({ label: 'Certbound, one partner', server: certbound, requests: one }),
    many: await side({ label: 'Certbound, 1 000 partners', server: certbound, requests: all }),
    reading: await side({
      label: 'the same, cf read and a line logged',
      server: reading,
      requests: one,
    }),
    verifying: await side({ label: 'oidc-provider', server: verifying, requests: proxied }),
    trusting: await side({
      label: 'oidc-provider, verifies nothing',
      server: trusting,
      requests: proxied,
    }),
  }
  await sides.many.run(rotation) // Each partner is cached now.
  return { title: `a token, warm, ${connections} connections`, sides, figures: warmFigures }
}

const warmFigures: readonly Figure[] = [
  { name: 'warm_vs_floor', ours: 'certbound', theirs: 'floor', by: 'throughput' },
  { name: 'warm_vs_floor_per_cpu_second', ours: 'certbound', theirs: 'floor', by: 'rate' },
  { name: 'warm_vs_reading_floor', ours: 'certbound', theirs: 'reading', by: 'throughput' },
  {
    name: 'warm_vs_oidc_provider_per_cpu_second',
    ours: 'certbound',
    theirs: 'verifying',
    by: 'rate',
  },
  {
    name: 'warm_vs_oidc_provider_unverified_per_cpu_second',
    ours: 'certbound',
    theirs: 'trusting',
    by: 'rate',
  },
  { name: 'partners_1000_vs_1', ours: 'many', theirs: 'certbound', by: 'throughput' },
  { name: 'partners_1000_vs_1_per_cpu_second', ours: 'many', theirs: 'certbound', by: 'rate' },
]

/** Every request is the first of its partner. A second Worker does only the work of D1 and KV. */
async function coldContest(
  { started, generator, authority }: Stage,
  count: number,
): Promise<Contest> {
  const numbers = numbersTo(count)
  const callers = await callersOf(authority, numbers)
  const requests = callers.map((caller) => edgeRequest(caller, authority))
  const certbound = started.add(await startCertbound({ dataDir: null, clientMemory }))
  const stores = started.add(await startWorkerd(await bundleOf('stores-only')))
  for (const { db } of [certbound, stores]) {
    await prepareDatabase(db, authority.anchor)
    await registerPartners(db, numbers)
  }
  return {
    title: `a token, each of another partner, ${connections} connections`,
    sides: {
      cold: await underLoad(generator, {
        label: 'Certbound, cold',
        server: certbound,
        requests,
      }),
      stores: await underLoad(generator, {
        label: 'D1 and KV simulators only',
        server: stores,
        requests,
      }),
    },
    figures: [
      { name: 'cold_cpu_ms', ours: 'cold', theirs: 'stores', by: 'extra_ms' },
      { name: 'cold_vs_stores', ours: 'cold', theirs: 'stores', by: 'cost' },
    ],
  }
}
