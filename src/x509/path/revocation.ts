import { type CertificateStatus, certificateStatus, type Proof } from '../crl/certificate-status.ts'
import { type CrlIndexSource, indexedList } from '../crl/indexed-list.ts'
import { parseCertificateList } from '../crl/parse-certificate-list.ts'
import { type RevocationList, revocationList } from '../crl/revocation-list.ts'
import { listedSubject } from '../crl/scope.ts'
import { isForged, moreTelling, type UnknownStatus } from '../crl/unknown-status.ts'
import { crlHeaderWeight, maxCrls } from './budget.ts'
import type { Candidate, UnparsedCertificate } from './candidate.ts'
import { findSigner, type SignerContext } from './crl-signer.ts'
import { failingCertificate } from './refusal.ts'
import { type CheckRevocation, learn, type Search, spend } from './search.ts'

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
export type Round = 'path' | 'signer'

/** What is known about one path. */
type Memory = Readonly<Record<Round, Findings>>
type Findings = {
  readonly statuses: Map<Candidate, CertificateStatus>
  readonly proofs: Map<RevocationList, Proof>
}

const newFindings = (): Findings => ({ statuses: new Map(), proofs: new Map() })
const newMemory = (): Memory => ({ path: newFindings(), signer: newFindings() })

/** The path that is checked, and everything the check needs. */
export type RevocationContext = Omit<RevocationRequest, 'crls' | 'indexes'> &
  Lists & {
    readonly search: Search
    readonly path: readonly Candidate[]
    readonly anchor: Candidate
    readonly signed: SignerContext['signed']
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
export async function statusOf(
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
