import type { Certificate } from '../certificate.ts'
import { mayBeSignedBy, verifySignature } from '../keys/verify-signature.ts'
import type { NameRefusal } from '../name-constraints/check-names.ts'
import { parseCertificate } from '../parse-certificate.ts'
import type { PolicyInputs } from '../policies/check-policies.ts'
import { type Budget, type BudgetPart, keyCost, newBudget, signatureCost } from './budget.ts'
import { type Candidate, candidate, type UnparsedCertificate } from './candidate.ts'
import { moreTelling, type PathRefusal } from './refusal.ts'
import type { Use } from './rules.ts'

/** The input of a search for a path. */
export type SearchRequest = {
  readonly anchors: readonly UnparsedCertificate[]
  readonly intermediates: readonly UnparsedCertificate[]
  /** Intermediates that the verifier holds: of two equally likely ones they come first. */
  readonly known: ReadonlySet<UnparsedCertificate>
  readonly use: Use
  readonly policies: PolicyInputs
  readonly maxIntermediates: number
  /** How many encoded elements a certificate may have. */
  readonly maxElements: number
  /** Looks a whole path up in CRLs; null if revocation is not checked. */
  readonly checkRevocation: CheckRevocation | null
}

/** Until when CRLs say that a path is good (seconds since the epoch); null if the search has learnt why it is not. */
export type CheckRevocation = (search: Search, path: readonly Candidate[]) => Promise<number | null>

/** A search under way: its input, what it may still spend, and what it has learnt. */
export type Search = Omit<SearchRequest, 'anchors' | 'intermediates'> & {
  readonly anchors: BySubject
  readonly intermediates: BySubject
  /** See {@link distances}. */
  readonly distances: ReadonlyMap<UnparsedCertificate, number>
  readonly budget: Budget
  /** Outcomes of signature checks, by certificate and issuer's key: no pair is verified twice. */
  readonly signatures: Map<Candidate, Map<string, boolean>>
  /** Outcomes of name constraints, by the issuer that has them and the certificate below. */
  readonly names: Map<Candidate, Map<Candidate, NameRefusal | null>>
  /**
   * Broken certificates with an issuer's name, at which a path would have continued. Only the signature of
   * the certificate below shows whether one is the issuer.
   */
  readonly suspects: {
    readonly below: Candidate
    readonly issuer: Candidate
    readonly refusal: PathRefusal
  }[]
  /** The most telling refusal so far. */
  refusal: PathRefusal | null
  spent: BudgetPart | null
}

/** Starts a search. What it may spend on CRLs is for the caller to say, in octets. */
export function newSearch(request: SearchRequest, maxCrlOctets?: number): Search {
  const anchors = bySubject(request.anchors)
  return {
    ...request,
    anchors,
    intermediates: bySubject(request.intermediates),
    distances: distances(anchors, request.intermediates),
    budget: newBudget(maxCrlOctets),
    signatures: new Map(),
    names: new Map(),
    suspects: [],
    refusal: null,
    spent: null,
  }
}

/** Parses a certificate, charged to the budget; null if it is malformed or the budget is spent. */
export function parseCandidate(search: Search, one: UnparsedCertificate): Candidate | null {
  if (one.parsed === null) {
    const { maxElements } = search
    const onElements = (count: number): void => void spend(search, 'elements', count)
    const outcome = parseCertificate(one.der, { maxElements, onElements })
    if (search.spent === 'elements') return null
    const { ok, ...problem } = outcome
    one.parsed = 'certificate' in problem ? candidate(problem.certificate) : problem
  }
  return 'certificate' in one.parsed ? one.parsed : null
}

/** The certificates with a subject, parsed. */
export const candidatesFor = (
  search: Search,
  certificates: BySubject,
  subject: string,
): readonly Candidate[] =>
  (certificates.get(subject) ?? []).flatMap((one) => parseCandidate(search, one) ?? [])

/** Records a refusal; the most telling one is kept. */
export function learn(search: Search, refusal: PathRefusal): void {
  search.refusal = search.refusal === null ? refusal : moreTelling(search.refusal, refusal)
}

/** Spends from one part of the budget. @returns whether there was enough */
export function spend(search: Search, part: keyof Budget, amount: number): boolean {
  search.budget[part] -= amount
  if (search.budget[part] < 0) search.spent ??= part
  return search.spent === null
}

/** The cached outcome for a pair, and a function that stores it. */
export function cachedOutcome<Key, T>(
  memory: Map<Candidate, Map<Key, T>>,
  one: Candidate,
  other: Key,
): { readonly known: T | undefined; readonly store: (outcome: T) => void } {
  const outcomes = memory.get(one) ?? new Map<Key, T>()
  memory.set(one, outcomes)
  return { known: outcomes.get(other), store: (outcome) => outcomes.set(other, outcome) }
}

/**
 * Whether a certificate was signed with another one's key (RFC 5280 section 6.1.3 (a) (1)), over the
 * octets of tbsCertificate as they came. That the key is one to be used has been asked before.
 * @returns false too if the budget is spent
 */
export async function isSignedBy(
  search: Search,
  below: Candidate,
  issuer: Candidate,
): Promise<boolean> {
  if (!mayBeSignedBy(below.certificate, issuer.certificate.publicKey)) return false
  const { known, store } = cachedOutcome(search.signatures, below, issuer.key)
  if (known !== undefined) return known
  const { publicKey } = issuer.certificate
  const cost = signatureCost(publicKey, below.certificate.tbs.length)
  if (!spend(search, 'signatures', cost)) return false
  const valid = await verifySignature(below.certificate, publicKey)
  store(valid)
  return valid
}

/** Certificates by subject. */
type BySubject = ReadonlyMap<string, readonly UnparsedCertificate[]>

/** Sorts certificates by subject. Those without names are left out. */
function bySubject(certificates: readonly UnparsedCertificate[]): BySubject {
  const index = new Map<string, UnparsedCertificate[]>()
  for (const one of certificates) {
    const subject = one.names()?.subject
    if (subject === undefined) continue
    const others = index.get(subject)
    if (others === undefined) index.set(subject, [one])
    else others.push(one)
  }
  return index
}

/**
 * How many more intermediates it takes at least from each intermediate to an anchor, by their names
 * only. Those that lead to no anchor are left out: no search needs them.
 */
function distances(
  anchors: BySubject,
  intermediates: readonly UnparsedCertificate[],
): ReadonlyMap<UnparsedCertificate, number> {
  const found = new Map<UnparsedCertificate, number>()
  let names: ReadonlySet<string> = new Set(anchors.keys())
  for (let distance = 0; names.size > 0; distance++) {
    const next = new Set<string>()
    for (const one of intermediates) {
      const own = one.names()
      if (own === null || found.has(one) || !names.has(own.issuer)) continue
      found.set(one, distance)
      next.add(own.subject)
    }
    names = next
  }
  return found
}

/**
 * The likely ones first: a key identifier that fits (only a hint: it may lie), then those that the
 * verifier holds, before presented ones can spend the budget, then the shorter way to an anchor, then
 * the cheaper key, then the later expiry.
 */
export function likelyFirst(
  issuers: readonly Candidate[],
  of: Certificate,
  hints: {
    readonly distance?: (issuer: Candidate) => number
    readonly isKnown?: (issuer: Candidate) => boolean
  } = {},
): readonly Candidate[] {
  if (issuers.length < 2) return issuers
  const rank = ({ certificate }: Candidate): number => {
    if (of.authorityKeyIdentifier === null || certificate.subjectKeyIdentifier === null) return 1
    return of.authorityKeyIdentifier === certificate.subjectKeyIdentifier ? 0 : 2
  }
  const { distance = () => 0, isKnown = () => false } = hints
  return issuers.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      Number(isKnown(b)) - Number(isKnown(a)) ||
      distance(a) - distance(b) ||
      keyCost(a.certificate.publicKey) - keyCost(b.certificate.publicKey) ||
      b.certificate.notAfter - a.certificate.notAfter,
  )
}
