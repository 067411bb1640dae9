import type { CrlRefusal } from './certificate-list.ts'

/** Why the status of a certificate is not known; all times in seconds since the epoch. */
export type UnknownStatus =
  /** No list by an issuer who would tell. */
  | { readonly why: 'no_list' }
  /** One of the lists offered, by its place among them. */
  | { readonly why: 'malformed_list'; readonly index: number; readonly problem: CrlRefusal }
  /** There are lists by the right issuer, for other certificates. */
  | { readonly why: 'out_of_scope' }
  /** No certificate that may issue the list signed it. */
  | { readonly why: 'not_signed_by_issuer' }
  /** Signed by a broken algorithm, or by one that is not known here. */
  | { readonly why: 'signature_algorithm'; readonly algorithm: string }
  /** RFC 5280 section 6.3.3 (f): keyUsage without cRLSign. */
  | { readonly why: 'signer_may_not_sign' }
  /** There is no path from who signed it to the same trust anchor. */
  | { readonly why: 'signer_not_trusted' }
  | { readonly why: 'signer_revoked' }
  /** An entry cannot be read, or the list is not to be had. */
  | { readonly why: 'unreadable' }
  | { readonly why: 'not_yet_valid'; readonly thisUpdate: number }
  | { readonly why: 'no_next_update' }
  | { readonly why: 'stale'; readonly nextUpdate: number }
  /** The lists that could be used leave some reasons out. */
  | { readonly why: 'some_reasons' }

/** How much an answer tells, most last. */
const weights: Readonly<Record<UnknownStatus['why'], number>> = {
  no_list: 0,
  malformed_list: 1,
  out_of_scope: 1,
  not_signed_by_issuer: 2,
  signature_algorithm: 3,
  signer_may_not_sign: 3,
  signer_not_trusted: 3,
  signer_revoked: 4,
  not_yet_valid: 5,
  unreadable: 6,
  no_next_update: 7,
  stale: 8,
  some_reasons: 9,
}

/** The more telling of two; of equals the first. */
export const moreTelling = (a: UnknownStatus, b: UnknownStatus): UnknownStatus =>
  weights[b.why] > weights[a.why] ? b : a

/**
 * Whether a list was offered as the issuer's that is not: it was signed by another key, or by a
 * certificate that may not sign lists. `if-available` accepts a missing list, but not a forged one.
 */
export const isForged = ({ why }: UnknownStatus): boolean =>
  why === 'not_signed_by_issuer' ||
  why === 'signer_may_not_sign' ||
  why === 'signer_not_trusted' ||
  why === 'signer_revoked'
