import {
  BasicConstraints as Asn1BasicConstraints,
  KeyUsage as Asn1KeyUsage,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509'
import { tags } from '../../encoding/der-reader.ts'
import { elementsOf, oidOf, readAll } from '../../encoding/der-values.ts'
import { toHex } from '../../encoding/hex.ts'
import { type Element, listOf, schemaOf, smallIntegerField } from '../schema.ts'
import { readDistributionPoints } from './distribution-points.ts'
import type { ReadBy } from './extension.ts'
import {
  type GeneralName,
  membersOf,
  readGeneralName,
  readGeneralNames,
  readGeneralNamesOf,
} from './general-name.ts'
import {
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from './policies.ts'

/** RFC 5280 section 4.2.1.9. */
export type BasicConstraints = { readonly cA: boolean; readonly pathLen: number | null }

const fields = { pathLenConstraint: { ...smallIntegerField, optional: true } }
const schema = schemaOf<Asn1BasicConstraints>(fields, Asn1BasicConstraints)

/** Reads BasicConstraints. DER forbids an encoded FALSE, but many certificates have one: accepted. */
export function readBasicConstraints(element: Element): BasicConstraints | null {
  const read = element.as(schema)
  return read === null ? null : { cA: read.cA, pathLen: read.pathLenConstraint ?? null }
}

/** The names of RFC 5280 section 4.2.1.3 in the order of their bits. */
const usages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** One of the key usages of RFC 5280 section 4.2.1.3. */
export type KeyUsage = (typeof usages)[number]

/** Reads KeyUsage: "at least one of the bits MUST be set to 1". Unknown bits are ignored. */
export function readKeyUsage(element: Element): ReadonlySet<KeyUsage> | null {
  const keyUsage = element.as(Asn1KeyUsage, tags.bitString)
  if (keyUsage === null) return null
  const octets = new Uint8Array(keyUsage.value)
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
  return octets.some((octet) => octet !== 0) ? new Set(usages.filter((_, bit) => isSet(bit))) : null
}

/** Reads ExtKeyUsageSyntax (RFC 5280 section 4.2.1.12): one or more OIDs. */
export const readExtendedKeyUsage = (element: Element): readonly string[] | null =>
  listOf(element, oidOf)

/** Reads SubjectKeyIdentifier (RFC 5280 section 4.2.1.2) as lower-case hexadecimal. */
export function readSubjectKeyIdentifier(element: Element): string | null {
  const read = element.as(SubjectKeyIdentifier, tags.octetString)
  return read === null ? null : toHex(new Uint8Array(read.buffer))
}

/**
 * Reads AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1) as lower-case hexadecimal. Only its
 * keyIdentifier is used, and only to try the likelier issuer first; undefined if it is absent.
 */
export function readAuthorityKeyIdentifier(element: Element): string | null | undefined {
  const members = membersOf(element, [0x80, 0xa1, 0x82])
  if (members === null) return null
  const [keyIdentifier, issuer, serial] = members
  // "both MUST be present or both MUST be absent"
  if ((issuer === undefined) !== (serial === undefined)) return null
  if (issuer !== undefined && readGeneralNames(issuer.children) === null) return null
  return keyIdentifier && toHex(keyIdentifier.contents)
}

/** RFC 5280 section 4.2.1.10: the bases of the subtrees; an absent list is empty. */
export type NameConstraints = {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** Reads NameConstraints; one list at least, and "minimum" and "maximum" at their defaults. */
export function readNameConstraints(element: Element): NameConstraints | null {
  const members = membersOf(element, [0xa0, 0xa1])
  if (members === null || element.children.length === 0) return null
  const [permitted, excluded] = members.map(readSubtrees)
  return permitted == null || excluded == null ? null : { permitted, excluded }
}

/** Address and mask, in octets. */
const constraintLengths = [8, 32]

function readSubtrees(list: Element | undefined): readonly GeneralName[] | null {
  if (list === undefined) return []
  const bases = readAll(list.children, (subtree) => {
    const [base, ...distances] = elementsOf(subtree) ?? []
    // "minimum MUST be zero, and maximum MUST be absent": DER then has neither.
    return base === undefined || distances.length > 0
      ? null
      : readGeneralName(base, constraintLengths)
  })
  return list.children.length > 0 ? bases : null
}

/** The certificate extensions that are understood. */
export const knownExtensions = {
  subjectKeyIdentifier: { oid: '2.5.29.14', read: readSubjectKeyIdentifier },
  keyUsage: { oid: '2.5.29.15', read: readKeyUsage },
  subjectAltName: { oid: '2.5.29.17', read: readGeneralNamesOf },
  basicConstraints: { oid: '2.5.29.19', read: readBasicConstraints },
  nameConstraints: { oid: '2.5.29.30', read: readNameConstraints },
  certificatePolicies: { oid: '2.5.29.32', read: readCertificatePolicies },
  policyMappings: { oid: '2.5.29.33', read: readPolicyMappings },
  authorityKeyIdentifier: { oid: '2.5.29.35', read: readAuthorityKeyIdentifier },
  policyConstraints: { oid: '2.5.29.36', read: readPolicyConstraints },
  /** OIDs. */
  extendedKeyUsage: { oid: '2.5.29.37', read: readExtendedKeyUsage },
  /** SkipCerts. */
  inhibitAnyPolicy: { oid: '2.5.29.54', read: readInhibitAnyPolicy },
  issuerAltName: { oid: '2.5.29.18', read: readGeneralNamesOf },
  crlDistributionPoints: { oid: '2.5.29.31', read: readDistributionPoints },
  freshestCrl: { oid: '2.5.29.46', read: readDistributionPoints },
} as const

/** What the extensions that are understood say; null if a certificate does not have one. */
export type KnownExtensions = ReadBy<typeof knownExtensions>
