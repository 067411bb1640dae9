import { type CertificateStatus, certificateStatus, type Proof } from '../crl/certificate-status.ts'
import { type CrlIndexSource, indexedList } from '../crl/indexed-list.ts'
import { parseCertificateList } from '../crl/parse-certificate-list.ts'
import { type RevocationList, revocationList } from '../crl/revocation-list.ts'
import { listedSubject } from '../crl/scope.ts'
import { isForged, moreTelling, type UnknownStatus } from '../crl/unknown-status.ts'
import { keyRefusal } from '../keys/public-key.ts'
import { crlHeaderWeight, keyCost, maxCrls } from './budget.ts'
import { buildPath } from './build-path.ts'
import { alreadyParsed, type Candidate, type UnparsedCertificate } from './candidate.ts'
import { failingCertificate } from './refusal.ts'
import { checkCertificate, type Use } from './rules.ts'
import {
  type CheckRevocation,
  candidatesFor,
  learn,
  newSearch,
  parseCandidate,
  type Search,
  type SearchRequest,
  spend,
} from './search.ts'

/** The revocation settings, and the CRLs there are. */
export type RevocationRequest = {
  /** Whether a certificate that no list covers is accepted. A forged list is refused in both modes. */
  readonly mode: 'if-available' | 'require'
  /** Which certificates of a path: all but the anchor, or only the leaf. */
  readonly depth: 'chain' | 'leaf'
  /** In DER. */
  readonly crls: readonly Uint8Array[]
  readonly indexes: readonly CrlIndexSource[]
  readonly intermediates: readonly UnparsedCertificate[]
  readonly maxIntermediates: number
}

/** Makes a checker for one search; it reads the lists when a first path has been found. */
export function revocationCheck(request: RevocationRequest): CheckRevocation {
  const signed = new Map<RevocationList, Map<string, boolean>>()
  let read: Lists | null = null
  return async (search, path) => {
    const anchor = path.at(-1)
    if (anchor === undefined) return null
    read ??= readLists(search, request)
    // Findings are for this path only: a certificate on it is trusted as a signer because it is on it.
    return checkPath({ ...request, ...read, search, path, anchor, signed, memory: newMemory() })
  }
}

/** The lists that can be read, and the first that cannot. */
type Lists = {
  readonly lists: readonly RevocationList[]
  readonly malformed: UnknownStatus | null
}

function readLists(search: Search, { crls, indexes }: RevocationRequest): Lists {
  const lists = indexes.map(indexedList).filter((list) => list !== null)
  let malformed: UnknownStatus | null = null
  if (crls.length + indexes.length > maxCrls) search.spent ??= 'crls'
  for (const [index, der] of crls.entries()) {
    if (!spend(search, 'crls', der.length)) break
    const { ok, ...outcome } = parseCertificateList(der)
    if ('crl' in outcome) {
      const { entriesTo, entriesFrom } = outcome.crl
      if (!spend(search, 'crls', crlHeaderWeight * (der.length - entriesTo + entriesFrom))) break
      lists.push(revocationList(outcome.crl))
    } else {
      malformed ??= { why: 'malformed_list', index, problem: outcome }
    }
  }
  return { lists, malformed }
}

/**
 * The signer of a list may be revoked by another list, whose signer may be revoked by the first one. So
 * the signers of lists are checked, but not the signers of the lists that cover those signers.
 */
type Round = 'path' | 'signer'

/** What is known about one path. */
type Memory = Readonly<Record<Round, Findings>>
type Findings = {
  readonly statuses: Map<Candidate, CertificateStatus>
  readonly proofs: Map<RevocationList, Proof>
}

const newFindings = (): Findings => ({ statuses: new Map(), proofs: new Map() })
const newMemory = (): Memory => ({ path: newFindings(), signer: newFindings() })

/** The path that is checked, and everything the check needs. */
type RevocationContext = Omit<RevocationRequest, 'crls' | 'indexes'> &
  Lists & {
    readonly search: Search
    /** Leaf first, anchor last. */
    readonly path: readonly Candidate[]
    readonly anchor: Candidate
    /** Outcomes of signature checks, by list and key. */
    readonly signed: Map<RevocationList, Map<string, boolean>>
    readonly memory: Memory
  }

async function checkPath(context: RevocationContext): Promise<number | null> {
  const { search, path, mode, depth, malformed } = context
  let until = Number.POSITIVE_INFINITY
  for (const [index, one] of path.slice(0, depth === 'leaf' ? 1 : -1).entries()) {
    const answer = await statusOf(one, context, 'path')
    if (search.spent !== null) return null
    const certificate = failingCertificate(one.certificate, index)
    const { status, ...evidence } = answer
    if ('revocationDate' in evidence) {
      learn(search, { reason: 'revoked', certificate, ...evidence })
      return null
    }
    if ('until' in evidence) {
      until = Math.min(until, evidence.until)
    } else if (mode !== 'if-available' || isForged(evidence)) {
      const why = malformed === null ? evidence : moreTelling(evidence, malformed)
      learn(search, { reason: 'revocation_unknown', certificate, ...why })
      return null
    }
  }
  return until
}

/** The status of a certificate by the lists there are, determined once. */
async function statusOf(
  one: Candidate,
  context: RevocationContext,
  round: Round,
): Promise<CertificateStatus> {
  const { search, lists, memory } = context
  const known = memory[round].statuses.get(one)
  if (known !== undefined) return known
  const status = await certificateStatus(listedSubject(one.certificate), {
    lists,
    time: search.use.time,
    prove: (list) => proofOf(list, context, round),
    spend: (octets) => spend(search, 'crls', octets),
  })
  memory[round].statuses.set(one, status)
  return status
}

async function proofOf(
  list: RevocationList,
  context: RevocationContext,
  round: Round,
): Promise<Proof> {
  const { proofs } = context.memory[round]
  const isRevoked = async (one: Candidate): Promise<boolean> =>
    round === 'path' && (await statusOf(one, context, 'signer')).status === 'revoked'
  const proof = proofs.get(list) ?? (await findSigner(list, context, isRevoked))
  proofs.set(list, proof)
  return proof
}

/**
 * Finds the certificate that signed a list (RFC 5280 section 6.3.3 (f) and (g)): by the signature
 * and not only the name, below the same anchor. First on the path, then among all other certificates.
 * @param isRevoked checks a certificate that is not on the path. An unknown status is accepted there:
 *   often only lists signed by a CA's new key cover that key
 */
async function findSigner(
  list: RevocationList,
  context: RevocationContext,
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
  { search, signed }: RevocationContext,
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
  context: RevocationContext,
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
  { search, anchor, intermediates, maxIntermediates }: RevocationContext,
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
