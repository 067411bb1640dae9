import type { Certificate } from '../certificate.ts'
import { keyCost } from './budget.ts'
import type { Candidate } from './candidate.ts'

/** Candidates by subject. */
export type BySubject = ReadonlyMap<string, readonly Candidate[]>

/** Sorts candidates by subject. */
export function bySubject(candidates: readonly Candidate[]): BySubject {
  const index = new Map<string, Candidate[]>()
  for (const one of candidates) {
    const namesakes = index.get(one.subject)
    if (namesakes === undefined) index.set(one.subject, [one])
    else namesakes.push(one)
  }
  return index
}

/**
 * How many more intermediates it takes at least from each intermediate to an anchor, by their names
 * alone. Those that lead nowhere are not in it: no search needs to visit them.
 */
export function distances(
  anchors: BySubject,
  intermediates: readonly Candidate[],
): ReadonlyMap<Candidate, number> {
  const found = new Map<Candidate, number>()
  let names: ReadonlySet<string> = new Set(anchors.keys())
  for (let distance = 0; names.size > 0; distance++) {
    const next = intermediates.filter((one) => !found.has(one) && names.has(one.issuer))
    for (const one of next) found.set(one, distance)
    names = new Set(next.map(({ subject }) => subject))
  }
  return found
}

/**
 * The likely ones first: a key identifier that fits (only a hint: it may lie), then those at hand,
 * before anybody's presented ones can spend the budget, then the shorter way to an anchor, then the
 * cheaper key, then the later expiry.
 */
export function likelyFirst(
  issuers: readonly Candidate[],
  of: Certificate,
  hints: {
    readonly distance?: (issuer: Candidate) => number
    readonly known?: ReadonlySet<Candidate>
  } = {},
): readonly Candidate[] {
  if (issuers.length < 2) return issuers
  const rank = ({ certificate }: Candidate): number => {
    if (of.authorityKeyIdentifier === null || certificate.subjectKeyIdentifier === null) return 1
    return of.authorityKeyIdentifier === certificate.subjectKeyIdentifier ? 0 : 2
  }
  const { distance = () => 0, known } = hints
  const foreign = (issuer: Candidate): number => (known?.has(issuer) ? 0 : 1)
  return issuers.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      foreign(a) - foreign(b) ||
      distance(a) - distance(b) ||
      keyCost(a.certificate.publicKey) - keyCost(b.certificate.publicKey) ||
      b.certificate.notAfter - a.certificate.notAfter,
  )
}
