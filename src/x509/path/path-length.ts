import { type Candidate, isSelfIssued } from './candidate.ts'
import { culprit, type PathRefusal } from './refusal.ts'

/**
 * Counts down the intermediates that may still follow (RFC 5280 sections 6.1.2 (k), 6.1.4 (l) and
 * (m)): the anchor's own limit is the first, self-issued certificates count for nothing.
 * @param path leaf first, anchor last
 */
export function checkPathLength(path: readonly Candidate[]): PathRefusal | null {
  let pathLen = Number.POSITIVE_INFINITY
  let left = pathLen
  for (let depth = path.length - 1; depth > 0; depth--) {
    const issuer = path[depth]
    if (issuer === undefined) continue
    const isAnchor = depth === path.length - 1
    if (!isAnchor && !isSelfIssued(issuer) && left-- <= 0) {
      const certificate = culprit(issuer.certificate, depth)
      return { reason: 'path_too_long', certificate, pathLen }
    }
    const own = issuer.certificate.basicConstraints?.pathLen ?? null
    if (own !== null && own < left) {
      left = own
      pathLen = own
    }
  }
  return null
}
