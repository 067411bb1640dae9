import type { Bytes } from '../../encoding/bytes.ts'
import type { DistributionPointName, Reasons } from '../extensions/distribution-points.ts'
import type { Extension } from '../extensions/extension.ts'
import type { SignatureAlgorithm } from '../keys/signature-algorithm.ts'
import type { KnownCrlExtensions } from './crl-extensions.ts'

/**
 * A certificate revocation list as it was read: its fields, and its entries still in their DER (see
 * {@link entriesOf}). Octets are views of `der`, which must not be changed.
 * @see RFC 5280 section 5.1
 */
export type CertificateList = {
  readonly der: Bytes
  /** The signed part. */
  readonly tbs: Bytes
  readonly version: 1 | 2
  /** RFC 4514 text. */
  readonly issuer: string
  readonly issuerDer: Bytes
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number | null
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Bytes
  readonly extensions: readonly Extension[]
  /** Where the entries lie in `der`: from the first to behind the last. Every one has been read. */
  readonly entriesFrom: number
  readonly entriesTo: number
  readonly entryCount: number
} & KnownCrlExtensions

/** The scope of a list (RFC 5280 section 5.2.5). */
export type IssuingDistributionPoint = {
  readonly name: DistributionPointName | null
  readonly onlyContainsUserCerts: boolean
  readonly onlyContainsCACerts: boolean
  readonly onlySomeReasons: Reasons | null
  readonly indirectCRL: boolean
  readonly onlyContainsAttributeCerts: boolean
}

/** Why octets are no certificate revocation list that could be used. */
export type CrlRefusal =
  | {
      readonly reason:
        | 'too_large'
        | 'not_a_certificate_list'
        | 'bad_version'
        | 'bad_signature_algorithm'
        /** Section 5.1.1.2: not the same inside and outside of the signed part. */
        | 'signature_algorithms_differ'
        | 'bad_issuer'
        | 'bad_this_update'
        | 'bad_next_update'
        | 'bad_extensions'
        | 'bad_signature'
    }
  /** An entry, by the offset of its first octet. */
  | { readonly reason: 'bad_entry' | 'unhandled_critical_entry_extension'; readonly at: number }
  | {
      readonly reason: 'duplicate_extension' | 'bad_extension' | 'unhandled_critical_extension'
      readonly oid: string
    }

/** A list, or why the octets are none. */
export type CrlOutcome =
  | { readonly ok: true; readonly crl: CertificateList }
  | ({ readonly ok: false } & CrlRefusal)
