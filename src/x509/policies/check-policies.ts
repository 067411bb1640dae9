import type { Certificate } from '../certificate.ts'
import {
  anyPolicy,
  initialGraph,
  mapPolicies,
  nextLevel,
  type PolicyBudget,
  type PolicyGraph,
  userConstrainedPolicies,
} from './policy-graph.ts'

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
