import type { Proof } from '../crl/certificate-status.ts'
import type { RevocationList } from '../crl/revocation-list.ts'
import { moreTelling, type UnknownStatus } from '../crl/unknown-status.ts'
import { keyRefusal } from '../keys/key-strength.ts'
import { keyCost } from './budget.ts'
import { buildPath } from './build-path.ts'
import { alreadyParsed, type Candidate, type UnparsedCertificate } from './candidate.ts'
import { checkCertificate, type Use } from './rules.ts'
import {
  candidatesFor,
  newSearch,
  parseCandidate,
  type Search,
  type SearchRequest,
  spend,
} from './search.ts'

/** Where to look for the signer of a list. */
export type SignerContext = {
  readonly search: Search
  /** Leaf first, anchor last. */
  readonly path: readonly Candidate[]
  readonly anchor: Candidate
  readonly intermediates: readonly UnparsedCertificate[]
  readonly maxIntermediates: number
  /** Outcomes of signature checks, by list and key. */
  readonly signed: Map<RevocationList, Map<string, boolean>>
}

/**
 * Finds the certificate that signed a list (RFC 5280 section 6.3.3 (f) and (g)): by the signature
 * and not only the name, below the same anchor. First on the path, then among all other certificates.
 * @param isRevoked checks a certificate that is not on the path. An unknown status is accepted there:
 *   often only lists signed by a CA's new key cover that key
 */
export async function findSigner(
  list: RevocationList,
  context: SignerContext,
  isRevoked: (one: Candidate) => Promise<boolean>,
): Promise<Proof> {
  const { search, anchor, intermediates, path } = context
  let why = list.unsigned
  const { issuer } = list.scope
  const candidates = [alreadyParsed(anchor), ...intermediates]
    .filter((one) => one.names()?.subject === issuer)
    .flatMap((one) => parseCandidate(search, one) ?? [])
  const onPath = (one: Candidate): number => (path.includes(one) ? 0 : 1)
  for (const signer of candidates.toSorted((a, b) => onPath(a) - onPath(b))) {
    if (!(await isSigner(list, signer, context))) continue
    const problem =
      checkCrlSign(signer) ??
      // A certificate on the path has been checked with it.
      (path.includes(signer) ? null : await signerProblem(signer, context, isRevoked))
    if (problem === null) return { key: signer.key }
    why = moreTelling(why, problem)
  }
  if (why !== list.unsigned) return why
  for (const other of candidatesFor(search, search.anchors, issuer)) {
    // A list of another anchor of the same name, as after a root's key was renewed, is not for this path.
    if (other !== anchor && (await isSigner(list, other, context))) return { why: 'no_list' }
  }
  return why
}

async function isSigner(
  list: RevocationList,
  { certificate, key }: Candidate,
  { search, signed }: SignerContext,
): Promise<boolean> {
  const { publicKey } = certificate
  if (keyRefusal(publicKey) !== null || !spend(search, 'steps', 1)) return false
  const outcomes = signed.get(list) ?? new Map<string, boolean>()
  signed.set(list, outcomes)
  const known = outcomes.get(key)
  if (known !== undefined) return known
  if (!spend(search, 'signatures', keyCost(publicKey))) return false
  const outcome = await list.isSignedBy(certificate, (octets) => spend(search, 'crls', octets))
  outcomes.set(key, outcome)
  return outcome
}

/** Section 6.3.3 (f): "If a key usage extension is present [...], verify that the cRLSign bit is set." */
const checkCrlSign = ({ certificate: { keyUsage } }: Candidate): UnknownStatus | null =>
  keyUsage === null || keyUsage.has('cRLSign') ? null : { why: 'signer_may_not_sign' }

async function signerProblem(
  signer: Candidate,
  context: SignerContext,
  isRevoked: (one: Candidate) => Promise<boolean>,
): Promise<UnknownStatus | null> {
  const path = await pathOfSigner(signer, context)
  if (path === null) return { why: 'signer_not_trusted' }
  for (const one of path.slice(0, -1)) {
    if (await isRevoked(one)) return { why: 'signer_revoked' }
  }
  return null
}

/** "The trust anchor for the certification path MUST be the same" (section 6.3.3 (f)). */
async function pathOfSigner(
  signer: Candidate,
  { search, anchor, intermediates, maxIntermediates }: SignerContext,
): Promise<readonly Candidate[] | null> {
  const use: Use = { time: search.use.time, purpose: 'any', extendedKeyUsagePolicy: {} }
  if (checkCertificate(signer.certificate, 'leaf', use) !== null) return null
  const request: SearchRequest = {
    anchors: [alreadyParsed(anchor)],
    intermediates,
    known: search.known,
    use,
    policies: {},
    maxIntermediates,
    maxElements: search.maxElements,
    checkRevocation: null,
  }
  // Both searches share the budget and what is known of signatures.
  const { budget, signatures } = search
  const below: Search = { ...newSearch(request), budget, signatures }
  const found = await buildPath(below, [signer])
  search.spent ??= below.spent
  return found?.path ?? null
}
