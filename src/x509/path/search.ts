import type { NameRefusal } from '../name-constraints/check-names.ts'
import type { PolicyInputs } from '../policies/check-policies.ts'
import { type Budget, type BudgetPart, newBudget } from './budget.ts'
import type { Candidate } from './candidate.ts'
import { type BySubject, bySubject, distances } from './namesakes.ts'
import { type CertificateRefusal, moreTelling, type PathRefusal } from './refusal.ts'
import { checkAnchor, checkCertificate, type Use } from './rules.ts'

/** What a search for a path is given. */
export type SearchRequest = {
  readonly anchors: readonly Candidate[]
  readonly intermediates: readonly Candidate[]
  /** Intermediates that were not presented but kept at hand: of two as likely they come first. */
  readonly known: ReadonlySet<Candidate>
  readonly use: Use
  readonly policies: PolicyInputs
  readonly maxIntermediates: number
  /** Asks CRLs about a whole path; null where nobody wants to know. */
  readonly checkRevocation: CheckRevocation | null
  readonly maxCrlOctets?: number
}

/** Until when CRLs say that a path is good (seconds since the epoch); null: learnt why it is not. */
export type CheckRevocation = (search: Search, path: readonly Candidate[]) => Promise<number | null>

/** A search under way: what it looks at, what it may still spend, and what it has learnt. */
export type Search = Omit<SearchRequest, 'anchors' | 'intermediates'> & {
  readonly anchors: BySubject
  readonly intermediates: BySubject
  /** See {@link distances}. */
  readonly distances: ReadonlyMap<Candidate, number>
  /** Anchors and intermediates that no path may use, and why. */
  readonly broken: ReadonlyMap<Candidate, CertificateRefusal>
  readonly budget: Budget
  /** Outcomes of signature checks, by certificate and issuer's key: no pair is verified twice. */
  readonly signatures: Map<Candidate, Map<string, boolean>>
  /** Outcomes of name constraints, by the issuer that has them and the certificate below. */
  readonly names: Map<Candidate, Map<Candidate, NameRefusal | null>>
  /** Where a path would have gone on, had the issuer not been broken. */
  readonly suspects: Suspect[]
  /** The most telling refusal so far. */
  refusal: PathRefusal | null
  spent: BudgetPart | null
}

/** An issuer by its name that is broken; whether it is the issuer, its signature would have to say. */
export type Suspect = {
  readonly below: Candidate
  /** Of `below`. */
  readonly depth: number
  readonly issuer: Candidate
  readonly refusal: PathRefusal
}

/** Makes a search ready. */
export function newSearch(request: SearchRequest): Search {
  const { use } = request
  const anchors = bySubject(request.anchors)
  const broken = new Map<Candidate, CertificateRefusal>()
  const note = (one: Candidate, problem: CertificateRefusal | null): void => {
    if (problem !== null) broken.set(one, problem)
  }
  for (const one of request.anchors) note(one, checkAnchor(one.certificate, use))
  for (const one of request.intermediates) {
    note(one, checkCertificate(one.certificate, 'intermediate', use))
  }
  return {
    ...request,
    anchors,
    intermediates: bySubject(request.intermediates),
    distances: distances(anchors, request.intermediates),
    broken,
    budget: newBudget(request.maxCrlOctets),
    signatures: new Map(),
    names: new Map(),
    suspects: [],
    refusal: null,
    spent: null,
  }
}

/** Takes note of a refusal; the most telling is kept. */
export function learn(search: Search, refusal: PathRefusal): void {
  search.refusal = search.refusal === null ? refusal : moreTelling(search.refusal, refusal)
}

/** Spends from one part of the budget. @returns whether there was enough */
export function spend(search: Search, part: keyof Budget, amount: number): boolean {
  search.budget[part] -= amount
  if (search.budget[part] < 0) search.spent ??= part
  return search.spent === null
}

/** The outcome for a pair, looked up or worked out once. */
export function remembered<Key, T>(
  memory: Map<Candidate, Map<Key, T>>,
  one: Candidate,
  other: Key,
): { readonly known: T | undefined; readonly remember: (outcome: T) => void } {
  const outcomes = memory.get(one) ?? new Map<Key, T>()
  memory.set(one, outcomes)
  return { known: outcomes.get(other), remember: (outcome) => outcomes.set(other, outcome) }
}
