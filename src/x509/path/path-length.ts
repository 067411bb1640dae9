import { type Candidate, isSelfIssued } from './candidate.ts'
import { failingCertificate, type PathRefusal } from './refusal.ts'

/**
 * Whether a path may go on to an issuer that limits its length (RFC 5280 sections 6.1.2 (k), 6.1.4
 * (l) and (m)). Counted from below, one issuer at a time, with the same result as counting down
 * from above: below each there are at most pathLen intermediates that are not self-issued.
 * @param below leaf first
 */
export function checkPathLength(
  below: readonly Candidate[],
  issuer: Candidate,
): PathRefusal | null {
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
