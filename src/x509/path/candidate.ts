import { toHex } from '../../encoding/hex.ts'
import type { Certificate } from '../certificate.ts'
import { distinguishedNameKeyFromDer } from '../names/distinguished-name.ts'
import { latin1 } from '../names/string-value.ts'

/** A certificate in a search, with what is asked of it again and again. */
export type Candidate = {
  readonly certificate: Certificate
  /** Equal for two names exactly when RFC 5280 section 7.1 finds them equal. */
  readonly subject: string
  readonly issuer: string
  /** Equal for two keys exactly when their SubjectPublicKeyInfo is. */
  readonly key: string
}

/** Prepares a certificate for a search. */
export const candidate = (certificate: Certificate): Candidate => ({
  certificate,
  subject: nameIdentity(certificate.subjectDer),
  issuer: nameIdentity(certificate.issuerDer),
  key: latin1(certificate.subjectPublicKeyInfo),
})

/** Names that cannot be prepared for comparison are equal only by their octets; no key has a colon first. */
const nameIdentity = (der: Uint8Array): string =>
  distinguishedNameKeyFromDer(der) ?? `:${toHex(der)}`

/** Section 6.1: a self-issued certificate has one name as issuer and subject. */
export const isSelfIssued = ({ subject, issuer }: Candidate): boolean => subject === issuer

/** The same entity: one name and one key. A path that meets it twice goes in a circle. */
export const isSameEntity = (a: Candidate, b: Candidate): boolean =>
  a.subject === b.subject && a.key === b.key

/** Candidates by subject. */
export function bySubject(candidates: readonly Candidate[]): ReadonlyMap<string, Candidate[]> {
  const index = new Map<string, Candidate[]>()
  for (const one of candidates) {
    const namesakes = index.get(one.subject)
    if (namesakes === undefined) index.set(one.subject, [one])
    else namesakes.push(one)
  }
  return index
}

/** The likely ones first: a key identifier that fits, then the later expiry. Only a hint: it may lie. */
export function likelyFirst(issuers: readonly Candidate[], of: Certificate): readonly Candidate[] {
  if (issuers.length < 2) return issuers
  const rank = ({ certificate }: Candidate): number => {
    if (of.authorityKeyIdentifier === null || certificate.subjectKeyIdentifier === null) return 1
    return of.authorityKeyIdentifier === certificate.subjectKeyIdentifier ? 0 : 2
  }
  return issuers.toSorted(
    (a, b) => rank(a) - rank(b) || b.certificate.notAfter - a.certificate.notAfter,
  )
}
