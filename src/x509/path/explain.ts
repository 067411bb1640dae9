import { keyRefusal } from '../keys/key-strength.ts'
import type { Path } from './build-path.ts'
import type { Candidate } from './candidate.ts'
import { isSignedBy } from './is-signed-by.ts'
import { likelyFirst } from './issuer-candidates.ts'
import { failingCertificate, type PathRefusal } from './refusal.ts'
import { candidatesFor, learn, type Search } from './search.ts'

/**
 * Why a search has found nothing: that its budget was spent; or the most telling of what it has
 * learnt, broken issuers among it whose place is proven by a signature; or else up to where the
 * certificates lead. What is left of the budget may go into this.
 */
export async function explain(search: Search, leaf: Candidate): Promise<PathRefusal> {
  if (search.spent !== null) return { reason: 'budget_spent', budget: search.spent }
  for (const { below, issuer, refusal } of search.suspects) {
    // A key that is not used at all proves nothing, and may be what is wrong.
    const isUsable = keyRefusal(issuer.certificate.publicKey) === null
    if (!isUsable || (await isSignedBy(search, below, issuer))) learn(search, refusal)
  }
  return search.refusal ?? unknownIssuer(await furthest(search, [leaf]))
}

function unknownIssuer(path: Path): PathRefusal {
  const { certificate } = path.at(-1) ?? path[0]
  return {
    reason: 'unknown_issuer',
    certificate: failingCertificate(certificate, path.length - 1),
    issuer: certificate.issuer,
  }
}

/** Follows signatures upwards as long as there is somebody new. */
async function furthest(search: Search, path: Path): Promise<Path> {
  const tip = path.at(-1) ?? path[0]
  if (path.length > search.maxIntermediates) return path
  const issuers = candidatesFor(search, search.intermediates, tip.issuer)
  for (const issuer of likelyFirst(issuers, tip.certificate)) {
    if (path.includes(issuer) || keyRefusal(issuer.certificate.publicKey) !== null) continue
    if (await isSignedBy(search, tip, issuer)) return furthest(search, [...path, issuer])
  }
  return path
}
