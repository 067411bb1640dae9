import { type Profiler, Session } from 'node:inspector/promises'
import type { MintAlgorithm } from '../test/support/mint/mint.ts'
import { mintChains } from './chains.ts'
import { validators } from './validators.ts'

/** `node bench/profile.ts`: the time of an uncached path validation by folder. */
const times = 10_000

/** In this order: a sample belongs to the first folder that matches its file or function. */
const folders: readonly (readonly [folder: string, fits: RegExp])[] = [
  ['waiting for the threads of WebCrypto', /\(idle\)/],
  ['garbage collector', /\(garbage collector\)/],
  ['asn1js and the libraries of schemas', /\/node_modules\/(@peculiar|asn1js|pvtsutils|pvutils)\//],
  ['DER reader and values (src/encoding)', /\/src\/encoding\//],
  ['names: RFC 4514 text, keys to compare (src/x509/names)', /\/src\/x509\/names\//],
  ['keys and signatures (src/x509/keys)', /\/src\/x509\/keys\//],
  ['the search and its rules (path, policies, name-constraints)', /\/src\/x509\/(path|pol|name-)/],
  ['fields and extensions (the rest of src/x509)', /\/src\/x509\//],
  ['WebCrypto on the main thread, and the rest of the runtime', /./],
]

for (const alg of ['ES256', 'RS256'] as const) {
  const { cpu, shares } = await profileOf(alg)
  console.log(`path of three, ${alg}: ${cpu.toFixed(0)} us CPU while profiled`)
  for (const [folder, share] of shares) {
    console.log(`  ${(100 * share).toFixed(1).padStart(5)} %  ${folder}`)
  }
}

async function profileOf(alg: MintAlgorithm) {
  const chains = await mintChains(alg, 16, Math.floor(Date.now() / 1000))
  const validate = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const chain = chains[i % chains.length]
      if (chain === undefined || !(await validators.certbound.verify(chain))) {
        throw new Error('no path')
      }
    }
  }
  await validate(times / 4)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  const before = process.cpuUsage()
  await validate(times)
  const { user, system } = process.cpuUsage(before)
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return { cpu: (user + system) / times, shares: sharesOf(profile) }
}

/** Shares of the wall time. A sample counts for the function that ran, not for its callers. */
function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile) {
  const folderOfNode = new Map(
    nodes.map(({ id, callFrame: { url, functionName } }) => [
      id,
      folderOf(`${url} ${functionName}`),
    ]),
  )
  const spent = new Map<string, number>()
  let total = 0
  for (const [i, node] of samples.entries()) {
    const folder = folderOfNode.get(node) ?? ''
    const delta = timeDeltas[i] ?? 0
    spent.set(folder, (spent.get(folder) ?? 0) + delta)
    total += delta
  }
  return folders.map(([folder]) => [folder, (spent.get(folder) ?? 0) / total] as const)
}

function folderOf(place: string): string {
  return folders.find(([, fits]) => fits.test(place))?.[0] ?? ''
}
