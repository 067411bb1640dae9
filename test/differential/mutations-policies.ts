import {
  certificatePolicies,
  inhibitAnyPolicy,
  policyConstraints,
  policyMappings,
} from '../support/mint/mint.ts'
import type { Chain } from './draft.ts'
import type { Mutation } from './mutation.ts'
import type { Random } from './random.ts'

const any = '2.5.29.32.0'
const oids = ['1.2.3.1', '1.2.3.2', '1.2.3.3']
const usual = ['1.2.3.1', '1.2.3.1', '1.2.3.1', ...oids, any]

/** Policies in all certificates below the anchor, and a required policy. */
function withPolicies(chain: Chain, random: Random): void {
  for (const { extensions } of chain.certificates.slice(0, -1)) {
    const chosen = new Set(random.some(usual, 1 + random.below(3)))
    if (random.chance(0.95)) extensions.set('policies', certificatePolicies([...chosen]))
  }
  chain.policies = {
    oids: random.chance(0.5) ? [] : [...new Set(random.some(oids, 1 + random.below(2)))],
    explicit: random.chance(0.7),
    inhibitMapping: random.chance(0.15),
    inhibitAny: random.chance(0.15),
  }
}

/** Policies in all certificates, and with some probability a further extension in each intermediate. */
const and =
  (more: (chain: Chain, depth: number, random: Random) => void): Mutation =>
  (chain, random) => {
    withPolicies(chain, random)
    for (let depth = 1; depth < chain.certificates.length - 1; depth++) {
      if (random.chance(0.7)) more(chain, depth, random)
    }
  }

/** Mutations of policies, policy mappings and policy constraints. */
export const policyMutations: Readonly<Record<string, Mutation>> = {
  'policies: random': withPolicies,
  'policies: mapped': and(({ certificates }, depth, random) => {
    const pairs = Array.from({ length: 1 + random.below(3) }, (): [string, string] => [
      random.pick(oids),
      random.pick(oids),
    ])
    certificates[depth]?.extensions.set('mappings', policyMappings(pairs))
  }),
  'policies: anyPolicy mapped': and(({ certificates }, depth, random) => {
    const pair: [string, string] = random.chance(0.5) ? [any, '1.2.3.1'] : ['1.2.3.1', any]
    certificates[depth]?.extensions.set('mappings', policyMappings([pair]))
  }),
  'policies: constrained': and(({ certificates }, depth, random) => {
    const skip = random.pick([
      { requireExplicitPolicy: random.below(3) },
      { inhibitPolicyMapping: random.below(3) },
      { requireExplicitPolicy: random.below(3), inhibitPolicyMapping: random.below(2) },
    ])
    certificates[depth]?.extensions.set('constraints', policyConstraints(skip))
  }),
  'policies: anyPolicy inhibited': and(({ certificates }, depth, random) => {
    certificates[depth]?.extensions.set('inhibit', inhibitAnyPolicy(random.below(3)))
  }),
  'policies: constrained by the leaf': (chain, random) => {
    withPolicies(chain, random)
    const skip = { requireExplicitPolicy: random.below(2) }
    chain.certificates[0].extensions.set('constraints', policyConstraints(skip))
  },
  'policies: constrained by the anchor': (chain, random) => {
    withPolicies(chain, random)
    const skip = { requireExplicitPolicy: 0 }
    chain.certificates.at(-1)?.extensions.set('constraints', policyConstraints(skip))
  },
}
