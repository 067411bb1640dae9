import { err, ok, type Result } from '../../encoding/result.ts'
import { keyRefusal } from '../keys/key-strength.ts'
import { verifySignature } from '../keys/verify-signature.ts'
import { type Budget, signatureCost } from './budget.ts'
import { bySubject, type Candidate, isSameEntity, likelyFirst } from './candidate.ts'
import { checkPathLength } from './path-length.ts'
import { culprit, moreTelling, type PathRefusal } from './refusal.ts'
import { checkAnchor, checkCertificate, type Purpose } from './rules.ts'

/** What a search for a path is given. */
export type Search = {
  readonly anchors: ReadonlyMap<string, readonly Candidate[]>
  readonly intermediates: ReadonlyMap<string, readonly Candidate[]>
  readonly purpose: Purpose
  readonly time: number
  readonly maxIntermediates: number
  readonly budget: Budget
  /** Outcomes of signature checks, by certificate and issuer's key: no pair is verified twice. */
  readonly signatures: Map<Candidate, Map<string, boolean>>
}

/** Makes a search ready. */
export const newSearch = (
  given: Omit<Search, 'anchors' | 'intermediates' | 'signatures'> & {
    readonly anchors: readonly Candidate[]
    readonly intermediates: readonly Candidate[]
  },
): Search => ({
  ...given,
  anchors: bySubject(given.anchors),
  intermediates: bySubject(given.intermediates),
  signatures: new Map(),
})

/**
 * Climbs from the last certificate of a path towards an anchor, depth first: anchors before
 * intermediates, every step proven by its signature before the next one is taken.
 * @param path leaf first; all but the signature of its last certificate has been checked
 * @returns the whole path, anchor last, or the most telling refusal
 */
export async function climb(
  search: Search,
  path: readonly [Candidate, ...Candidate[]],
): Promise<Result<readonly Candidate[], PathRefusal>> {
  const tip = path.at(-1) ?? path[0]
  let refusal: PathRefusal = {
    reason: 'unknown_issuer',
    certificate: culprit(tip.certificate, path.length - 1),
    issuer: tip.certificate.issuer,
  }
  for (const { issuer, step } of stepsFrom(search, path, tip)) {
    if (--search.budget.steps < 0) return err({ reason: 'budget_spent', budget: 'steps' })
    const outcome = await step(search, path, tip, issuer)
    if (outcome.ok || outcome.error.reason === 'budget_spent') return outcome
    refusal = moreTelling(refusal, outcome.error)
  }
  return err(refusal)
}

function stepsFrom(
  { anchors, intermediates }: Search,
  path: readonly Candidate[],
  tip: Candidate,
): readonly { readonly issuer: Candidate; readonly step: Step }[] {
  const beyond = (intermediates.get(tip.issuer) ?? []).filter(
    (issuer) => !path.some((below) => isSameEntity(below, issuer)),
  )
  const likely = (issuers: readonly Candidate[]) => likelyFirst(issuers, tip.certificate)
  return [
    ...likely(anchors.get(tip.issuer) ?? []).map((issuer) => ({ issuer, step: toAnchor })),
    ...likely(beyond).map((issuer) => ({ issuer, step: toIntermediate })),
  ]
}

type Step = (
  search: Search,
  path: readonly [Candidate, ...Candidate[]],
  tip: Candidate,
  issuer: Candidate,
) => Promise<Result<readonly Candidate[], PathRefusal>>

const toAnchor: Step = async (search, path, tip, anchor) => {
  const { subject } = anchor.certificate
  // Before its key is used: what it costs must be bounded.
  const weak = keyRefusal(anchor.certificate.publicKey)
  if (weak !== null) return err({ reason: 'trust_anchor', problem: weak, subject })
  const unsigned = await checkSignature(search, tip, anchor, path.length - 1)
  if (unsigned !== null) return err(unsigned)
  const problem = checkAnchor(anchor.certificate, search.purpose, search.time)
  if (problem !== null) return err({ reason: 'trust_anchor', problem, subject })
  const whole = [...path, anchor]
  const refusal = checkPathLength(whole) // RFC 5280 section 6.1.4 (l), (m)
  return refusal === null ? ok(whole) : err(refusal)
}

const toIntermediate: Step = async (search, path, tip, issuer) => {
  const { maxIntermediates, purpose, time } = search
  if (path.length > maxIntermediates) {
    return err({ reason: 'too_many_intermediates', maxIntermediates })
  }
  const certificate = culprit(issuer.certificate, path.length)
  const weak = keyRefusal(issuer.certificate.publicKey)
  if (weak !== null) return err({ ...weak, certificate })
  const unsigned = await checkSignature(search, tip, issuer, path.length - 1)
  if (unsigned !== null) return err(unsigned)
  const problem = checkCertificate(issuer.certificate, 'intermediate', purpose, time)
  return problem === null ? climb(search, [...path, issuer]) : err({ ...problem, certificate })
}

/** Section 6.1.3 (a) (1), over the octets of tbsCertificate as they came. */
async function checkSignature(
  { budget, signatures }: Search,
  tip: Candidate,
  issuer: Candidate,
  depth: number,
): Promise<PathRefusal | null> {
  const { publicKey } = issuer.certificate
  const known = signatures.get(tip) ?? new Map<string, boolean>()
  signatures.set(tip, known)
  let valid = known.get(issuer.key)
  if (valid === undefined) {
    budget.signatures -= signatureCost(publicKey)
    if (budget.signatures < 0) return { reason: 'budget_spent', budget: 'signatures' }
    valid = await verifySignature(tip.certificate, publicKey)
    known.set(issuer.key, valid)
  }
  const certificate = culprit(tip.certificate, depth)
  return valid ? null : { reason: 'signature_invalid', certificate, issuer: tip.certificate.issuer }
}
