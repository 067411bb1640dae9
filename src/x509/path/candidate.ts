import { type Bytes, latin1 } from '../../encoding/bytes.ts'
import { newSpan, scanElement } from '../../encoding/der-scan.ts'
import { once } from '../../encoding/once.ts'
import type { Certificate } from '../certificate.ts'
import { type PreparedConstraints, prepareConstraints } from '../name-constraints/check-names.ts'
import {
  type ConstrainedName,
  constrainedNames,
  type OtherName,
} from '../name-constraints/constrained-name.ts'
import { nameIdentity } from '../names/distinguished-name.ts'
import type { ParseRefusal } from '../parse-certificate.ts'

/** A certificate in a search, with what the search needs again and again. */
export type Candidate = {
  readonly certificate: Certificate
  /** Equal for two names exactly when RFC 5280 section 7.1 finds them equal. */
  readonly subject: string
  readonly issuer: string
  /** Equal for two keys exactly when their SubjectPublicKeyInfo is. */
  readonly key: string
  /** The names that constraints apply to, computed at the first call, as the next. */
  readonly names: () => readonly (ConstrainedName | OtherName)[]
  readonly constraints: () => PreparedConstraints | null
}

/** Prepares a certificate for a search. */
export const candidate = (certificate: Certificate): Candidate => ({
  certificate,
  subject: nameIdentity(certificate.subjectDer),
  issuer: nameIdentity(certificate.issuerDer),
  key: latin1(certificate.subjectPublicKeyInfo),
  names: once(() => constrainedNames(certificate)),
  constraints: once(() => {
    const { nameConstraints } = certificate
    return nameConstraints === null ? null : prepareConstraints(nameConstraints)
  }),
})

/** A certificate that may be an issuer. It is parsed when a search reaches it, and then only once. */
export type UnparsedCertificate = {
  readonly der: Uint8Array
  /** As in {@link Candidate}; null if the octets have no such field. */
  readonly names: () => { readonly subject: string; readonly issuer: string } | null
  parsed: Candidate | ParseRefusal | null
}

declare const anchor: unique symbol

/**
 * A trust anchor. Searches share it: its certificate is parsed when its name is first that of an issuer.
 */
export type TrustAnchor = UnparsedCertificate & { readonly [anchor]: true }

/** @param der must not be changed afterwards */
export const unparsedCertificate = (der: Uint8Array): UnparsedCertificate => ({
  der,
  names: once(() => namesOf(der)),
  parsed: null,
})

/** Makes a trust anchor. @param der must not be changed afterwards */
export const trustAnchor = (der: Uint8Array): TrustAnchor => unparsedCertificate(der) as TrustAnchor

/** A candidate as one to find by its name. */
export const alreadyParsed = (one: Candidate): UnparsedCertificate => ({
  der: one.certificate.der,
  names: () => one,
  parsed: one,
})

/**
 * The names of a certificate by the place of their fields (RFC 5280 section 4.1), to find candidates
 * before parsing. What parsing refuses may have names here; parsing finds no other names.
 */
function namesOf(der: Uint8Array): { subject: string; issuer: string } | null {
  const source = der as Bytes
  const span = newSpan()
  if (!scanElement(span, source, 0, source.length)) return null
  if (!scanElement(span, source, span.contents, span.end)) return null
  // [version], serialNumber, signature, issuer, validity, subject
  const limit = span.end
  const fields: Bytes[] = []
  for (let at = span.contents; fields.length < 5; at = span.end) {
    if (!scanElement(span, source, at, limit)) return null
    if (span.tag !== 0xa0) fields.push(source.subarray(at, span.end))
  }
  const [, , issuer, , subject] = fields
  if (issuer === undefined || subject === undefined) return null
  return { subject: nameIdentity(subject), issuer: nameIdentity(issuer) }
}

/** Section 6.1: a self-issued certificate has one name as issuer and subject. */
export const isSelfIssued = ({ subject, issuer }: Candidate): boolean => subject === issuer

/** The same entity: one name and one key. A path that meets it twice goes in a circle. */
export const isSameEntity = (a: Candidate, b: Candidate): boolean =>
  a.subject === b.subject && a.key === b.key
