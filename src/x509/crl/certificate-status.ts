import { allReasons, type Reasons } from '../extensions/distribution-points.ts'
import { removeFromCrl } from './entries.ts'
import type { Revocation, RevocationList, SpendOctets } from './revocation-list.ts'
import { coveredReasons, type ListedSubject } from './scope.ts'
import { moreTelling, type UnknownStatus } from './unknown-status.ts'

/** The revocation status of a certificate by the lists there are. */
export type CertificateStatus =
  | ({ readonly status: 'revoked' } & Revocation)
  /** Not revoked; valid until then (seconds since the epoch). */
  | { readonly status: 'good'; readonly until: number }
  | ({ readonly status: 'unknown' } & UnknownStatus)

/** The key that signed a list, as a text; or why it is not known. */
export type Proof = { readonly key: string } | UnknownStatus

/** What the search for a status is given. */
export type StatusRequest = {
  readonly lists: readonly RevocationList[]
  /** RFC 5280 section 6.3.3 (f) and (g). */
  readonly prove: (list: RevocationList) => Promise<Proof>
  readonly spend: SpendOctets
  /** Seconds since the epoch. */
  readonly time: number
}

/**
 * Whether a certificate is revoked (RFC 5280 section 6.3.3). Beyond it, no list that is proven and
 * about the certificate is skipped because others cover all reasons already: any list that revokes it
 * is believed. Of lists with one key and one scope the newest counts. A list
 * after its nextUpdate no longer proves that a certificate is good; but a revoked certificate stays
 * revoked, unless it was on hold.
 */
export async function certificateStatus(
  subject: ListedSubject,
  request: StatusRequest,
): Promise<CertificateStatus> {
  const { proven, unknown } = await provenLists(subject, request)
  let known: Reasons = 0
  let until = Number.POSITIVE_INFINITY
  let why = unknown
  for (const ofOneSigner of bySigner(proven)) {
    for (const one of ofOneSigner) {
      const answer = await statusBy(one, subject, request)
      if (answer.status === 'revoked') return answer
      if (answer.status === 'unknown') {
        why = moreTelling(why, answer)
        continue
      }
      known |= one.reasons
      until = Math.min(until, answer.until)
      break
    }
  }
  if (known === allReasons) return { status: 'good', until }
  return { status: 'unknown', ...(known === 0 ? why : { why: 'some_reasons' }) }
}

/** A complete list that is about the certificate, and its delta CRLs. */
type ProvenList = {
  readonly list: RevocationList
  readonly key: string
  readonly reasons: Reasons
}

async function provenLists(
  subject: ListedSubject,
  { lists, prove, time }: StatusRequest,
): Promise<{ readonly proven: readonly ProvenList[]; readonly unknown: UnknownStatus }> {
  const proven: ProvenList[] = []
  let unknown: UnknownStatus = { why: 'no_list' }
  for (const list of lists) {
    if (list.baseCrlNumber !== null) continue // Section 5.2.4: a delta without its complete list says nothing.
    const reasons = coveredReasons(list.scope, subject)
    if (reasons === 0) {
      const isIssuer = list.scope.issuer === subject.issuer
      if (isIssuer) unknown = moreTelling(unknown, { why: 'out_of_scope' })
      continue
    }
    const { thisUpdate } = list
    // Written so that a time that is no number is refused.
    const early: Proof | null = time >= thisUpdate ? null : { why: 'not_yet_valid', thisUpdate }
    const proof = early ?? list.unusable ?? (await prove(list))
    if ('key' in proof) proven.push({ list, key: proof.key, reasons })
    else unknown = moreTelling(unknown, proof)
  }
  return { proven, unknown }
}

/** Lists with one signer and one scope together, the newest first. */
function bySigner(proven: readonly ProvenList[]): readonly (readonly ProvenList[])[] {
  const signerOf = ({ list, key }: ProvenList): string => JSON.stringify([key, list.limits])
  const signers = new Set(proven.map(signerOf))
  return [...signers].map((signer) =>
    proven.filter((one) => signerOf(one) === signer).toSorted((a, b) => byAge(a.list, b.list)),
  )
}

/** The newer first: by CRL number (section 5.2.3), and where one has none, by date. */
function byAge(a: RevocationList, b: RevocationList): number {
  if (a.crlNumber !== null && b.crlNumber !== null && a.crlNumber !== b.crlNumber) {
    return a.crlNumber > b.crlNumber ? -1 : 1
  }
  return b.thisUpdate - a.thisUpdate
}

/** The status by one list, updated by the newest delta CRL that belongs to it. */
async function statusBy(
  { list, key }: ProvenList,
  subject: ListedSubject,
  request: StatusRequest,
): Promise<CertificateStatus> {
  const { spend, time } = request
  const delta = await deltaOf(list, key, request)
  const changed = (await delta?.find(subject, spend)) ?? null // section 6.3.3 (i)
  const entry = changed ?? (await list.find(subject, spend)) // (j)
  if (entry === 'unreadable') return { status: 'unknown', why: 'unreadable' }
  const isRevoked = entry !== null && entry.reasonCode !== removeFromCrl // (k)
  const nextUpdate = (delta ?? list).nextUpdate
  if (nextUpdate !== null && time <= nextUpdate) {
    return isRevoked ? { status: 'revoked', ...entry } : { status: 'good', until: nextUpdate }
  }
  if (isRevoked && entry.reasonCode !== certificateHold) return { status: 'revoked', ...entry }
  // Section 5.1.2.5: "The behavior of clients processing CRLs that omit nextUpdate is not specified"
  return nextUpdate === null
    ? { status: 'unknown', why: 'no_next_update' }
    : { status: 'unknown', why: 'stale', nextUpdate }
}

const certificateHold = 6

/** The newest delta CRL that is current and can be combined with a list (section 5.2.4, 6.3.3 (c)). */
async function deltaOf(
  list: RevocationList,
  key: string,
  { lists, prove, time }: StatusRequest,
): Promise<RevocationList | null> {
  const deltas = lists.filter((delta) => isDeltaOf(delta, list) && isCurrent(delta, time))
  for (const delta of deltas.toSorted((a, b) => b.thisUpdate - a.thisUpdate)) {
    const proof = await prove(delta)
    if ('key' in proof && proof.key === key) return delta // (h)
  }
  return null
}

function isDeltaOf(delta: RevocationList, { crlNumber, ...list }: RevocationList): boolean {
  const { baseCrlNumber: base, crlNumber: number } = delta
  if (base === null || number === null || crlNumber === null) return false
  return (
    delta.scope.issuer === list.scope.issuer && // section 5.2.4 (a)
    delta.limits === list.limits && // (b)
    base <= crlNumber && // (c)
    crlNumber < number && // (d)
    delta.authorityKey === list.authorityKey // section 6.3.3 (c) (3)
  )
}

const isCurrent = ({ thisUpdate, nextUpdate }: RevocationList, time: number): boolean =>
  time >= thisUpdate && nextUpdate !== null && time <= nextUpdate
