import type { Certificate } from '../certificate.ts'
import { type PreparedConstraints, prepareConstraints } from '../name-constraints/check-names.ts'
import {
  type ConstrainedName,
  constrainedNames,
  type OtherName,
} from '../name-constraints/constrained-name.ts'
import { nameIdentity } from '../names/distinguished-name.ts'
import { latin1 } from '../names/string-value.ts'

/** A certificate in a search, with what is asked of it again and again. */
export type Candidate = {
  readonly certificate: Certificate
  /** Equal for two names exactly when RFC 5280 section 7.1 finds them equal. */
  readonly subject: string
  readonly issuer: string
  /** Equal for two keys exactly when their SubjectPublicKeyInfo is. */
  readonly key: string
  /** The names that constraints apply to; made when they are first asked for, as the next is. */
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

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Section 6.1: a self-issued certificate has one name as issuer and subject. */
export const isSelfIssued = ({ subject, issuer }: Candidate): boolean => subject === issuer

/** The same entity: one name and one key. A path that meets it twice goes in a circle. */
export const isSameEntity = (a: Candidate, b: Candidate): boolean =>
  a.subject === b.subject && a.key === b.key
