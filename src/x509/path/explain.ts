import { keyRefusal } from '../keys/key-strength.ts'
import type { Path } from './build-path.ts'
import type { Candidate } from './candidate.ts'
import { likelyFirst } from './issuer-candidates.ts'
import { failingCertificate, type PathRefusal } from './refusal.ts'
import { candidatesFor, isSignedBy, learn, type Search } from './search.ts'

/**
 * Why a search found no path: the budget was spent; or the most telling refusal, which includes broken
 * issuers whose place is proven by a signature; or else how far the certificates lead. This may spend
 * the rest of the budget.
 */
export async function explain(search: Search, leaf: Candidate): Promise<PathRefusal> {
  if (search.spent !== null) return { reason: 'budget_spent', budget: search.spent }
  for (const { below, issuer, refusal } of search.suspects) {
    // A key that is refused proves nothing, and may be the problem itself.
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

/** Follows signatures upwards until there is no new issuer. */
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
