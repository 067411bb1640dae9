import { checkNames } from '../name-constraints/check-names.ts'
import { checkPolicies } from '../policies/check-policies.ts'
import { type Candidate, isSameEntity, isSelfIssued } from './candidate.ts'
import { failingCertificate, type PathRefusal } from './refusal.ts'
import { checkAnchor, checkCertificate } from './rules.ts'
import {
  cachedOutcome,
  candidatesFor,
  isSignedBy,
  learn,
  likelyFirst,
  parseCandidate,
  type Search,
  spend,
} from './search.ts'

/** An unfinished path, leaf first. */
export type Path = readonly [Candidate, ...Candidate[]]

/** The path, anchor last, and the policies it is valid for. */
export type Found = {
  readonly path: readonly Candidate[]
  readonly policies: readonly string[]
  /** Until when CRLs say so, in seconds since the epoch; infinite if revocation is not checked. */
  readonly unrevokedUntil: number
}

/**
 * Extends a path from its last certificate towards an anchor, depth first: anchors before
 * intermediates, every step is proven by its signature before the next one.
 * @param path all but the signature of its last certificate has been checked
 * @returns null if there is no path or the budget is spent; the search then knows why
 */
export async function buildPath(search: Search, path: Path): Promise<Found | null> {
  const tip = path.at(-1) ?? path[0]
  const anchors = candidatesFor(search, search.anchors, tip.issuer)
  for (const anchor of likelyFirst(anchors, tip.certificate)) {
    if (!(await stepTo(search, path, tip, anchor, 'anchor'))) continue
    const found = await wholePath(search, path, anchor)
    if (found !== null) return found
  }
  for (const issuer of nextIntermediates(search, path, tip)) {
    if (!(await stepTo(search, path, tip, issuer, 'intermediate'))) continue
    const found = await buildPath(search, [...path, issuer])
    if (found !== null) return found
  }
  return null
}

/** Those that lead to an anchor, are not on the path yet, and leave enough places for what must follow. */
function nextIntermediates(search: Search, path: Path, tip: Candidate): readonly Candidate[] {
  const { distances, intermediates, known, maxIntermediates } = search
  const hints = new Map<Candidate, { readonly distance: number; readonly isKnown: boolean }>()
  for (const one of intermediates.get(tip.issuer) ?? []) {
    const distance = distances.get(one)
    const issuer = distance === undefined ? null : parseCandidate(search, one)
    if (distance === undefined || issuer === null) continue
    if (!path.some((below) => isSameEntity(below, issuer))) {
      hints.set(issuer, { distance, isKnown: known.has(one) })
    }
  }
  const distance = (issuer: Candidate): number => hints.get(issuer)?.distance ?? 0
  const isKnown = (issuer: Candidate): boolean => hints.get(issuer)?.isKnown === true
  const leading = [...hints.keys()]
  const near = leading.filter((issuer) => path.length + distance(issuer) <= maxIntermediates)
  if (near.length < leading.length) {
    learn(search, { reason: 'too_many_intermediates', maxIntermediates })
  }
  return likelyFirst(near, tip.certificate, { distance, isKnown })
}

/** Whether an issuer's place above the last certificate is proven, and its own limits hold. */
async function stepTo(
  search: Search,
  path: Path,
  tip: Candidate,
  issuer: Candidate,
  role: 'anchor' | 'intermediate',
): Promise<boolean> {
  if (!spend(search, 'steps', 1)) return false
  const { subject } = issuer.certificate
  const problem =
    role === 'anchor'
      ? checkAnchor(issuer.certificate, search.use)
      : checkCertificate(issuer.certificate, 'intermediate', search.use)
  if (problem !== null) {
    const refusal: PathRefusal =
      role === 'anchor'
        ? { reason: 'trust_anchor', problem, subject }
        : { ...problem, certificate: failingCertificate(issuer.certificate, path.length) }
    search.suspects.push({ below: tip, issuer, refusal })
    return false
  }
  if (!(await isSignedBy(search, tip, issuer))) {
    const certificate = failingCertificate(tip.certificate, path.length - 1)
    learn(search, { reason: 'signature_invalid', certificate, issuer: tip.certificate.issuer })
    return false
  }
  const refusal = checkPathLength(path, issuer) ?? checkNamesBelow(search, path, issuer)
  if (refusal !== null) learn(search, refusal)
  return refusal === null && search.spent === null
}

/**
 * Whether a path may go on to an issuer that limits its length (RFC 5280 sections 6.1.2 (k), 6.1.4
 * (l) and (m)). Counted from below, one issuer at a time, with the same result as counting down
 * from above: below each there are at most pathLen intermediates that are not self-issued.
 * @param below leaf first
 */
function checkPathLength(below: readonly Candidate[], issuer: Candidate): PathRefusal | null {
  const pathLen = issuer.certificate.basicConstraints?.pathLen ?? null
  if (pathLen === null) return null
  const counted = below
    .map((each, depth) => ({ each, depth }))
    .filter(({ each, depth }) => depth > 0 && !isSelfIssued(each))
  const [tooMuch] = counted.toReversed().slice(pathLen)
  return tooMuch === undefined
    ? null
    : {
        reason: 'path_too_long',
        certificate: failingCertificate(tooMuch.each.certificate, tooMuch.depth),
        pathLen,
      }
}

/** RFC 5280 section 6.1.3 (b), (c), for all certificates below one that has name constraints. */
function checkNamesBelow(search: Search, path: Path, issuer: Candidate): PathRefusal | null {
  const constraints = issuer.constraints()
  if (constraints === null) return null
  for (const [depth, below] of path.entries()) {
    // "If certificate i is self-issued and it is not the final certificate in the path, skip"
    if (depth > 0 && isSelfIssued(below)) continue
    const { known, store } = cachedOutcome(search.names, issuer, below)
    const refusal =
      known === undefined ? checkNames(constraints, below.names(), search.budget) : known
    if (refusal === 'spent') {
      search.spent ??= 'names'
      return null
    }
    store(refusal)
    if (refusal !== null) {
      const certificate = failingCertificate(below.certificate, depth)
      return { ...refusal, certificate, constrainedBy: issuer.certificate.subject }
    }
  }
  return null
}

/** The rules for a whole path. */
async function wholePath(search: Search, path: Path, anchor: Candidate): Promise<Found | null> {
  const policies = policiesOf(search, path, anchor)
  if (policies === null) return null
  const whole = [...path, anchor]
  const { checkRevocation } = search
  const unrevokedUntil =
    checkRevocation === null ? Number.POSITIVE_INFINITY : await checkRevocation(search, whole)
  return unrevokedUntil === null ? null : { path: whole, policies, unrevokedUntil }
}

function policiesOf(search: Search, path: Path, anchor: Candidate): readonly string[] | null {
  const steps = path
    .map((each) => ({ certificate: each.certificate, selfIssued: isSelfIssued(each) }))
    .toReversed()
  const outcome = checkPolicies(anchor.certificate, steps, search.policies, search.budget)
  if (outcome === 'spent') {
    search.spent ??= 'policies'
    return null
  }
  if (outcome.ok) return outcome.policies
  const depth = path.length - 1 - outcome.at
  const { certificate } = path[depth] ?? path[0]
  learn(search, { reason: 'no_valid_policy', certificate: failingCertificate(certificate, depth) })
  return null
}
