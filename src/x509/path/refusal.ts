import type { Certificate } from '../certificate.ts'
import type { Revocation } from '../crl/revocation-list.ts'
import type { UnknownStatus } from '../crl/unknown-status.ts'
import type { KeyRefusal } from '../keys/public-key.ts'
import type { NameRefusal } from '../name-constraints/check-names.ts'
import type { ParseRefusal } from '../parse-certificate.ts'
import type { BudgetPart } from './budget.ts'

/** Which certificate a refusal is about. */
export type FailingCertificate = {
  /** 0 is the leaf, 1 its issuer, and so on. */
  readonly depth: number
  /** RFC 4514. */
  readonly subject: string
  readonly serialNumber: string
}

/** What is wrong with one certificate, independent of its issuer. */
export type CertificateRefusal =
  /** All times in seconds since the epoch. */
  | { readonly reason: 'not_yet_valid'; readonly notBefore: number; readonly time: number }
  | { readonly reason: 'expired'; readonly notAfter: number; readonly time: number }
  | { readonly reason: 'negative_serial_number' | 'signature_algorithms_differ' }
  | {
      readonly reason: 'signature_algorithm_weak' | 'signature_algorithm_unsupported'
      readonly algorithm: string
    }
  | { readonly reason: 'unhandled_critical_extension'; readonly oid: string }
  | { readonly reason: 'any_policy_mapped' | 'not_a_ca' }
  | { readonly reason: 'key_usage'; readonly keyUsage: readonly string[] }
  | { readonly reason: 'extended_key_usage'; readonly extendedKeyUsage: readonly string[] }
  | KeyRefusal

/** Why no path is accepted, with the evidence. */
export type PathRefusal =
  | (CertificateRefusal & { readonly certificate: FailingCertificate })
  /** A usable anchor has the right name, but may not be used itself. */
  | {
      readonly reason: 'trust_anchor'
      readonly problem: CertificateRefusal
      readonly subject: string
    }
  | {
      readonly reason: 'unknown_issuer' | 'signature_invalid'
      readonly certificate: FailingCertificate
      readonly issuer: string
    }
  | {
      readonly reason: 'path_too_long'
      readonly certificate: FailingCertificate
      readonly pathLen: number
    }
  /** A name of the certificate that a CA above it (its subject) may not certify. */
  | (NameRefusal & { readonly certificate: FailingCertificate; readonly constrainedBy: string })
  /** A policy is required, and from this certificate on no policy is common to all. */
  | { readonly reason: 'no_valid_policy'; readonly certificate: FailingCertificate }
  | { readonly reason: 'too_many_intermediates'; readonly maxIntermediates: number }
  | { readonly reason: 'malformed_leaf'; readonly problem: ParseRefusal }
  | {
      readonly reason: 'malformed_intermediate'
      readonly index: number
      readonly problem: ParseRefusal
    }
  /** A CRL says so; the date in seconds since the epoch, the code as in RFC 5280 section 5.3.1. */
  | ({ readonly reason: 'revoked'; readonly certificate: FailingCertificate } & Revocation)
  /** Required, and no CRL covers the certificate (RFC 5280 section 6.3.3). */
  | ({
      readonly reason: 'revocation_unknown'
      readonly certificate: FailingCertificate
    } & UnknownStatus)
  | { readonly reason: 'no_trust_anchor' }
  | { readonly reason: 'budget_spent'; readonly budget: BudgetPart }

/** All reasons why a path may be refused. */
export type PathRefusalReason = PathRefusal['reason']

/**
 * How much a reason explains a failed search, the most last: `unknown_issuer` is the reason if nothing
 * better is known; an invalid signature explains less than a rule broken by a certificate whose place
 * on the path is proven.
 */
const weights: Readonly<Record<PathRefusalReason, number>> = {
  unknown_issuer: 0,
  malformed_intermediate: 1,
  signature_invalid: 2,
  too_many_intermediates: 3,
  trust_anchor: 4,
  not_a_ca: 5,
  key_usage: 6,
  extended_key_usage: 7,
  negative_serial_number: 8,
  signature_algorithms_differ: 8,
  signature_algorithm_unsupported: 8,
  signature_algorithm_weak: 8,
  key_unsupported: 8,
  key_too_small: 8,
  key_too_large: 8,
  unhandled_critical_extension: 9,
  any_policy_mapped: 9,
  path_too_long: 10,
  no_valid_policy: 10,
  name_constraints: 11,
  not_yet_valid: 12,
  expired: 13,
  revocation_unknown: 14,
  revoked: 15,
  malformed_leaf: 99,
  no_trust_anchor: 99,
  budget_spent: 100,
}

/** The more telling of two refusals; of equals the first. */
export const moreTelling = (a: PathRefusal, b: PathRefusal): PathRefusal =>
  weights[b.reason] > weights[a.reason] ? b : a

/** A certificate as evidence. */
export const failingCertificate = (
  { subject, serialNumber }: Certificate,
  depth: number,
): FailingCertificate => ({
  depth,
  subject,
  serialNumber,
})
