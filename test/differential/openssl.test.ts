import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { type PathRequest, verifyCertificatePath } from '../../src/x509/index.ts'
import { itWithProgram } from '../support/node/debian.ts'
import { type Chain, makeKeys, mint, now, validChain } from './draft.ts'
import { mutations } from './mutations.ts'
import exceptions from './openssl.exceptions.json' with { type: 'json' }
import { opensslVerify } from './openssl.ts'
import { type Random, seededRandom } from './random.ts'

/** CERTBOUND_CHAINS=100000 CERTBOUND_SEED=7 npx vitest run --project node test/differential */
const count = Number(process.env.CERTBOUND_CHAINS ?? 2000)
const firstSeed = Number(process.env.CERTBOUND_SEED ?? 1)
const usual = process.env.CERTBOUND_CHAINS === undefined && process.env.CERTBOUND_SEED === undefined
vi.setConfig({ testTimeout: 60_000 + 60 * count })

/** The number of concurrent openssl processes. */
const lanes = 2

type Case = { readonly seed: number; readonly mutation: string; readonly request: PathRequest }
type Difference = {
  readonly seed: number
  readonly mutation: string
  readonly ours: string
  readonly openssl: string
}

/** An intended difference, with its reason. */
type Exception = Omit<Difference, 'seed'> & {
  readonly reason: string
  readonly section: string
  /** Not every run has such a difference. */
  readonly rare: boolean
}
const known: readonly Exception[] = exceptions

itWithProgram(
  'openssl',
  ['version'],
  `accepts and refuses the same of ${count} mutated chains as openssl`,
  async () => {
    const keys = await makeKeys()
    const names = Object.keys(mutations)
    const differences: Difference[] = []
    let accepted = 0
    const lane = async (offset: number): Promise<void> => {
      const folder = await mkdtemp(join(tmpdir(), 'certbound-openssl-'))
      try {
        for (let seed = firstSeed + offset; seed < firstSeed + count; seed += lanes) {
          const mutation = names[seed % names.length] ?? 'none'
          const one = await makeCase(seed, mutation, keys)
          const ours = await verifyCertificatePath(one.request)
          const { error } = await opensslVerify(one.request, folder)
          if (ours.ok) accepted++
          if (ours.ok === (error === null)) continue
          const outcomes = { ours: ours.ok ? 'accepts' : ours.reason, openssl: error ?? 'accepts' }
          differences.push({ seed, mutation, ...outcomes })
        }
      } finally {
        await rm(folder, { recursive: true })
      }
    }
    await Promise.all(Array.from({ length: lanes }, (_, offset) => lane(offset)))
    console.log(summary(differences, accepted))
    expect(differences.filter((difference) => !known.some(explains(difference)))).toEqual([])
    // Every exception must explain a difference, except in a run with few chains.
    const idle = known.filter(
      (exception) => !exception.rare && !differences.some((each) => explains(each)(exception)),
    )
    expect(usual ? idle : []).toEqual([])
  },
)

/** The same seed and mutation give the same chain, except for keys and signatures. */
async function makeCase(
  seed: number,
  mutation: string,
  keys: Parameters<typeof validChain>[1],
): Promise<Case> {
  const random = seededRandom(seed)
  const chain = await validChain(random, keys)
  await mutations[mutation]?.(chain, random, keys)
  const ders = await Promise.all(chain.certificates.map(mint))
  const extra = await Promise.all(chain.extra.map(mint))
  const [leaf, ...issuers] = ders
  const anchor = issuers.pop()
  if (leaf === undefined || anchor === undefined) throw new Error('no chain')
  const intermediates = shuffled([...issuers, ...extra], random)
  const request = { leaf, intermediates, trustAnchors: [anchor], time: now, ...policiesOf(chain) }
  return { seed, mutation, request }
}

function policiesOf({ policies }: Chain): Pick<PathRequest, 'policies'> {
  if (policies === null) return {}
  return {
    policies: {
      ...(policies.oids.length === 0 ? {} : { initialPolicySet: policies.oids }),
      requireExplicitPolicy: policies.explicit,
      inhibitPolicyMapping: policies.inhibitMapping,
      inhibitAnyPolicy: policies.inhibitAny,
    },
  }
}

const shuffled = <T>(list: readonly T[], random: Random): T[] =>
  list
    .map((each) => ({ each, rank: random.below(1e9) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ each }) => each)

const explains =
  ({ mutation, ours, openssl }: Difference) =>
  (exception: Exception): boolean =>
    exception.mutation === mutation && exception.ours === ours && exception.openssl === openssl

function summary(differences: readonly Difference[], accepted: number): string {
  const groups = Object.groupBy(differences, (each) => {
    return `${each.mutation} | ours: ${each.ours} | openssl: ${each.openssl}`
  })
  const lines = Object.entries(groups).map(([group, all = []]) => {
    return `  ${group} | ${all.length} times, seed ${all[0]?.seed}`
  })
  return [
    `${count} chains, ${accepted} accepted, ${differences.length} differences`,
    ...lines.toSorted(),
  ].join('\n')
}
