import { latin1 } from '../../encoding/bytes.ts'
import { fromHex } from '../../encoding/hex.ts'
import type { Certificate } from '../certificate.ts'
import { verifySignature } from '../keys/verify-signature.ts'
import type { CertificateList } from './certificate-list.ts'
import { extensionValue } from './crl-extensions.ts'
import { certificateIssuerOf, type EntryCursor, removeFromCrl } from './entries.ts'
import { entriesOf } from './parse-certificate-list.ts'
import { includesDirectory, type ListedSubject, type ListScope, scopeOf } from './scope.ts'
import type { UnknownStatus } from './unknown-status.ts'

/** The entry of a certificate in a list. */
export type Revocation = {
  /** Seconds since the epoch. */
  readonly revocationDate: number
  /** CRLReason (RFC 5280 section 5.3.1); null if none is stated, which means unspecified. */
  readonly reasonCode: number | null
}

/** Pays for octets that are read or hashed. @returns whether there was enough to pay with */
export type SpendOctets = (octets: number) => boolean

/** A list of any form, as the search for a certificate's status needs it. */
export type RevocationList = {
  readonly scope: ListScope
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number | null
  readonly crlNumber: bigint | null
  /** Null for a complete list. */
  readonly baseCrlNumber: bigint | null
  /** Equal for two lists exactly when their issuingDistributionPoint is. */
  readonly limits: string
  /** Equal for two lists exactly when their authorityKeyIdentifier is. */
  readonly authorityKey: string
  /** Why it cannot be used, whatever signed it. */
  readonly unusable: UnknownStatus | null
  /** The status if no certificate with its issuer's name signed it. */
  readonly unsigned: UnknownStatus
  /** Whether it was signed with a certificate's key. */
  readonly isSignedBy: (signer: Certificate, spend: SpendOctets) => Promise<boolean>
  /** The certificate's entry; null if it has none, `unreadable` if that cannot be known. */
  readonly find: (
    subject: ListedSubject,
    spend: SpendOctets,
  ) => Promise<Revocation | null | 'unreadable'>
}

/** A CRL as a list to look into. */
export function revocationList(crl: CertificateList): RevocationList {
  const scope = scopeOf(crl)
  return {
    scope,
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    crlNumber: crl.crlNumber,
    baseCrlNumber: crl.baseCrlNumber,
    limits: extensionText(crl, 'issuingDistributionPoint'),
    authorityKey: extensionText(crl, 'authorityKeyIdentifier'),
    unusable: algorithmProblem(crl),
    unsigned: { why: 'not_signed_by_issuer' },
    isSignedBy: async (signer, spend) =>
      spend(crl.tbs.length) && (await verifySignature(crl, signer.publicKey)),
    find: async (subject, spend) =>
      spend(crl.entriesTo - crl.entriesFrom) ? findEntry(crl, scope, subject) : 'unreadable',
  }
}

function algorithmProblem({ signatureAlgorithm: by }: CertificateList): UnknownStatus | null {
  return by.name === 'weak' || by.name === 'unsupported'
    ? { why: 'signature_algorithm', algorithm: by.algorithm }
    : null
}

function extensionText(
  { extensions }: CertificateList,
  name: 'issuingDistributionPoint' | 'authorityKeyIdentifier',
): string {
  const value = extensionValue(extensions, name)
  return value === null ? 'absent' : latin1(value)
}

/** How many entries of an indirect list may have one serial number. */
const maxSameSerial = 64

/**
 * RFC 5280 section 6.3.3 (i) and (j): the entry with the certificate's serial number, and in an
 * indirect list with its issuer. Of several the first that revokes.
 */
function findEntry(
  crl: CertificateList,
  scope: ListScope,
  subject: ListedSubject,
): Revocation | null | 'unreadable' {
  const serial = fromHex(subject.certificate.serialNumber)
  if (serial === null) return 'unreadable'
  const { cursor, next } = entriesOf(crl)
  let found: Revocation | null = null
  let sameSerial = 0
  while (next()) {
    if (!hasSerial(cursor, serial)) continue
    if (++sameSerial > maxSameSerial) return 'unreadable'
    const mine = isIssuedBy(cursor, scope, subject)
    if (mine === null) return 'unreadable'
    if (!mine) continue
    const { revocationDate, reasonCode } = cursor
    found = { revocationDate, reasonCode: reasonCode < 0 ? null : reasonCode }
    if (reasonCode !== removeFromCrl) return found
  }
  return found
}

function hasSerial({ source, serialFrom, serialTo }: EntryCursor, serial: Uint8Array): boolean {
  if (serialTo - serialFrom !== serial.length) return false
  // From the end: where serial numbers are counted, that is where they differ.
  for (let i = serial.length - 1; i >= 0; i--)
    if (source[serialFrom + i] !== serial[i]) return false
  return true
}

/** Section 5.3.3: without a name, the certificate's issuer is the list's. Null for malformed names. */
function isIssuedBy(
  cursor: EntryCursor,
  scope: ListScope,
  { issuer }: ListedSubject,
): boolean | null {
  if (cursor.issuerTo === 0) return scope.issuer === issuer
  const names = certificateIssuerOf(cursor)
  return names === null ? null : includesDirectory(names, issuer)
}
