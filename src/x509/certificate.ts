import type { Bytes } from '../encoding/bytes.ts'
import type { Extension } from './extensions/extension.ts'
import type { KnownExtensions } from './extensions/known-extensions.ts'
import type { PublicKey } from './keys/public-key.ts'
import type { SignatureAlgorithm } from './keys/signature-algorithm.ts'

/**
 * A certificate as it was read: every field by its syntax, none judged. Octets are views of `der`.
 * @see RFC 5280 section 4.1
 */
export type Certificate = {
  readonly der: Bytes
  /** The signed part. */
  readonly tbs: Bytes
  readonly version: 1 | 2 | 3
  /** The content octets of the INTEGER in upper-case hexadecimal (a sign octet and all). */
  readonly serialNumber: string
  /** RFC 4514 text. */
  readonly subject: string
  readonly issuer: string
  readonly subjectDer: Bytes
  readonly issuerDer: Bytes
  /** Seconds since the epoch; both ends belong to the validity. */
  readonly notBefore: number
  readonly notAfter: number
  readonly subjectPublicKeyInfo: Bytes
  readonly publicKey: PublicKey
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Whether the AlgorithmIdentifiers inside and outside of the signed part are the same octets. */
  readonly signatureAlgorithmsAgree: boolean
  readonly signature: Bytes
  readonly extensions: readonly Extension[]
} & SubjectAlternativeNames &
  KnownExtensions

/** The subjectAltName's entries by type, as text; IP addresses in their canonical form. */
export type SubjectAlternativeNames = {
  readonly dnsNames: readonly string[]
  readonly uris: readonly string[]
  readonly emails: readonly string[]
  /** RFC 5952 for IPv6. */
  readonly ipAddresses: readonly string[]
}
