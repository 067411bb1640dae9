import type { Certificate } from '../certificate.ts'
import { keyCost } from './budget.ts'
import type { Candidate, UnparsedCertificate } from './candidate.ts'

/** Certificates by subject. */
export type BySubject = ReadonlyMap<string, readonly UnparsedCertificate[]>

/** Sorts certificates by subject. Those without names are left out. */
export function bySubject(certificates: readonly UnparsedCertificate[]): BySubject {
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
export function distances(
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
