import type { Certificate } from '../certificate.ts'
import type { Policies, PolicyMapping } from '../extensions/policies.ts'

/** RFC 5280 section 6.1.1 (c), (e), (f), (g). */
export type PolicyInputs = {
  /** OIDs; anyPolicy (the default) means all. */
  readonly initialPolicySet?: readonly string[]
  readonly requireExplicitPolicy?: boolean
  readonly inhibitPolicyMapping?: boolean
  readonly inhibitAnyPolicy?: boolean
}

/** A certificate below the anchor, the first issued first, and whether it is self-issued. */
export type PolicyStep = { readonly certificate: Certificate; readonly selfIssued: boolean }

/** The policies a path is good for, or the index of the step at which none was left. */
export type PolicyOutcome =
  | { readonly ok: true; readonly policies: readonly string[] }
  | { readonly ok: false; readonly at: number }
  | 'spent'

/** Section 6.1.2 (d), (e), (f): how many more certificates each may go without. */
type Counters = { explicitPolicy: number; policyMapping: number; inhibitAnyPolicy: number }

/**
 * Policy processing of a whole path (RFC 5280 section 6.1 as updated by RFC 9618). The anchor's own
 * policyConstraints and inhibitAnyPolicy are honoured; what its certificatePolicies say is not a
 * limit (an anchor is a name and a key; the initial policy set is for that).
 */
export function checkPolicies(
  anchor: Certificate,
  steps: readonly PolicyStep[],
  inputs: PolicyInputs,
  budget: PolicyBudget,
): PolicyOutcome {
  const counters = initialCounters(inputs, steps.length)
  applyConstraints(counters, anchor)
  let graph: PolicyGraph = initialGraph()
  for (const [at, { certificate, selfIssued }] of steps.entries()) {
    const isLast = at === steps.length - 1
    const allowsAny = counters.inhibitAnyPolicy > 0 || (!isLast && selfIssued) // 6.1.3 (d) (2)
    graph = nextLevel(graph, certificate.certificatePolicies, allowsAny, budget)
    if (counters.explicitPolicy === 0 && graph === null) return { ok: false, at } // 6.1.3 (f)
    if (!isLast) graph = prepareNext(graph, certificate, selfIssued, counters, budget)
    if (budget.policies < 0) return 'spent'
  }
  return wrapUp(graph, steps, counters, new Set(inputs.initialPolicySet ?? [anyPolicy]))
}

function initialCounters(inputs: PolicyInputs, length: number): Counters {
  const from = (isOn: boolean | undefined): number => (isOn === true ? 0 : length + 1)
  return {
    explicitPolicy: from(inputs.requireExplicitPolicy),
    policyMapping: from(inputs.inhibitPolicyMapping),
    inhibitAnyPolicy: from(inputs.inhibitAnyPolicy),
  }
}

/** Section 6.1.4 (b), (h), (i), (j); (a) is a rule for the certificate only. */
function prepareNext(
  graph: PolicyGraph,
  certificate: Certificate,
  selfIssued: boolean,
  counters: Counters,
  budget: PolicyBudget,
): PolicyGraph {
  const { policyMappings } = certificate
  const isInhibited = counters.policyMapping === 0
  const mapped =
    policyMappings === null ? graph : mapPolicies(graph, policyMappings, isInhibited, budget)
  if (!selfIssued) {
    counters.explicitPolicy = Math.max(0, counters.explicitPolicy - 1)
    counters.policyMapping = Math.max(0, counters.policyMapping - 1)
    counters.inhibitAnyPolicy = Math.max(0, counters.inhibitAnyPolicy - 1)
  }
  applyConstraints(counters, certificate)
  return mapped
}

/** Section 6.1.4 (i) and (j). */
function applyConstraints(counters: Counters, certificate: Certificate): void {
  const { policyConstraints, inhibitAnyPolicy } = certificate
  const lower = (counter: number, limit: number | null | undefined): number =>
    Math.min(counter, limit ?? counter)
  counters.explicitPolicy = lower(counters.explicitPolicy, policyConstraints?.requireExplicitPolicy)
  counters.policyMapping = lower(counters.policyMapping, policyConstraints?.inhibitPolicyMapping)
  counters.inhibitAnyPolicy = lower(counters.inhibitAnyPolicy, inhibitAnyPolicy)
}

/** Section 6.1.5 (a), (b), (g). */
function wrapUp(
  graph: PolicyGraph,
  steps: readonly PolicyStep[],
  counters: Counters,
  initial: ReadonlySet<string>,
): PolicyOutcome {
  const last = steps.at(-1)?.certificate
  const isRequired =
    counters.explicitPolicy <= 1 || last?.policyConstraints?.requireExplicitPolicy === 0
  const policies = userConstrainedPolicies(graph, initial)
  return isRequired && policies.length === 0
    ? { ok: false, at: steps.length - 1 }
    : { ok: true, policies }
}

/** Section 4.2.1.4: means every policy. */
export const anyPolicy = '2.5.29.32.0'

/** A node of the graph: one a policy and depth, however many ways lead to it. */
type PolicyNode = {
  readonly policy: string
  expected: readonly string[]
  readonly parents: readonly PolicyNode[]
}

/** The nodes of one depth, by policy. */
type Level = Map<string, PolicyNode>

/**
 * The valid_policy_graph of RFC 9618 section 5, which takes the place of the tree of RFC 5280
 * section 6.1: a level grows with the certificates' sizes, where the tree grew with their product.
 * Null is the graph that is NULL. Nodes without children are not deleted on the way: nothing looks
 * at them again, and at the end only what leads to the last level counts.
 */
type PolicyGraph = { readonly above: Level | null; readonly level: Level } | null

/** Section 6.1.2 (a). */
const initialGraph = (): PolicyGraph => ({
  above: null,
  level: new Map([[anyPolicy, { policy: anyPolicy, expected: [anyPolicy], parents: [] }]]),
})

/** Counts nodes and edges down; null when there are none left. */
type PolicyBudget = { policies: number }

/**
 * Section 6.1.3 (d) and (e) of RFC 5280 as updated by RFC 9618 section 5.2: one level more.
 * @param allowsAny whether anyPolicy in the certificate counts (inhibit_anyPolicy, self-issued)
 */
function nextLevel(
  graph: PolicyGraph,
  policies: Policies | null,
  allowsAny: boolean,
  budget: PolicyBudget,
): PolicyGraph {
  if (graph === null || policies === null) return null // (e)
  const expecting = byExpectedPolicy(graph.level)
  const root = graph.level.get(anyPolicy)
  const level: Level = new Map()
  const add = (policy: string, parents: readonly PolicyNode[]): void => {
    budget.policies -= 1 + parents.length
    level.set(policy, { policy, expected: [policy], parents })
  }
  for (const policy of policies) {
    if (policy === anyPolicy) continue
    const parents = expecting.get(policy)
    if (parents !== undefined)
      add(policy, parents) // (d) (1) (i)
    else if (root !== undefined) add(policy, [root]) // (d) (1) (ii)
  }
  if (allowsAny && policies.includes(anyPolicy)) {
    for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents) // (d) (2)
  }
  return level.size === 0 ? null : { above: graph.level, level } // (d) (3)
}

function byExpectedPolicy(level: Level): ReadonlyMap<string, PolicyNode[]> {
  const expecting = new Map<string, PolicyNode[]>()
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const nodes = expecting.get(policy)
      if (nodes === undefined) expecting.set(policy, [node])
      else nodes.push(node)
    }
  }
  return expecting
}

/** Section 6.1.4 (b): mappings change what is expected, or, where inhibited, delete. */
function mapPolicies(
  graph: PolicyGraph,
  mappings: readonly PolicyMapping[],
  isInhibited: boolean,
  budget: PolicyBudget,
): PolicyGraph {
  if (graph === null) return null
  const level: Level = new Map(graph.level)
  const anyAbove = graph.above?.get(anyPolicy)
  for (const [policy, subjects] of byIssuerDomain(mappings)) {
    budget.policies -= 1 + subjects.length
    const node = level.get(policy)
    if (isInhibited) {
      level.delete(policy) // (b) (2)
    } else if (node !== undefined) {
      level.set(policy, { ...node, expected: subjects }) // (b) (1)
    } else if (level.has(anyPolicy) && anyAbove !== undefined) {
      level.set(policy, { policy, expected: subjects, parents: [anyAbove] })
    }
  }
  return level.size === 0 ? null : { above: graph.above, level }
}

function byIssuerDomain(mappings: readonly PolicyMapping[]): ReadonlyMap<string, string[]> {
  const subjects = new Map<string, Set<string>>()
  for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
    const known = subjects.get(issuerDomainPolicy)
    if (known === undefined) subjects.set(issuerDomainPolicy, new Set([subjectDomainPolicy]))
    else known.add(subjectDomainPolicy)
  }
  return new Map([...subjects].map(([policy, set]) => [policy, [...set]]))
}

/**
 * Section 6.1.5 (g): the user-constrained-policy-set.
 * @param initial the user-initial-policy-set
 */
function userConstrainedPolicies(graph: PolicyGraph, initial: ReadonlySet<string>): string[] {
  if (graph === null) return []
  const authority = authorityConstrainedPolicies(graph.level)
  if (initial.has(anyPolicy)) return [...authority]
  const wanted = authority.has(anyPolicy)
    ? initial
    : [...initial].filter((oid) => authority.has(oid))
  return [...wanted]
}

/** The policies directly below anyPolicy that lead to the last level, and anyPolicy if it is there. */
function authorityConstrainedPolicies(last: Level): ReadonlySet<string> {
  const policies = new Set<string>(last.has(anyPolicy) ? [anyPolicy] : [])
  const seen = new Set<PolicyNode>()
  let level: Iterable<PolicyNode> = last.values()
  for (;;) {
    const parents = new Set<PolicyNode>()
    for (const node of level) {
      if (seen.has(node)) continue
      seen.add(node)
      const [parent, ...more] = node.parents
      const isDomain = parent?.policy === anyPolicy && more.length === 0
      if (isDomain && node.policy !== anyPolicy) policies.add(node.policy)
      for (const each of node.parents) parents.add(each)
    }
    if (parents.size === 0) return policies
    level = parents
  }
}
