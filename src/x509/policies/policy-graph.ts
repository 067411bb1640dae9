import type { Policies, PolicyMapping } from '../extensions/policies.ts'

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
export type PolicyGraph = { readonly above: Level | null; readonly level: Level } | null

/** Section 6.1.2 (a). */
export const initialGraph = (): PolicyGraph => ({
  above: null,
  level: new Map([[anyPolicy, { policy: anyPolicy, expected: [anyPolicy], parents: [] }]]),
})

/** Counts nodes and edges down; null when there are none left. */
export type PolicyBudget = { policies: number }

/**
 * Section 6.1.3 (d) and (e) of RFC 5280 as updated by RFC 9618 section 5.2: one level more.
 * @param allowsAny whether anyPolicy in the certificate counts (inhibit_anyPolicy, self-issued)
 */
export function nextLevel(
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
export function mapPolicies(
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
export function userConstrainedPolicies(
  graph: PolicyGraph,
  initial: ReadonlySet<string>,
): string[] {
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
