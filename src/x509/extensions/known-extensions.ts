import type { Bytes } from '../../encoding/bytes.ts'
import { elementsOf } from '../../encoding/der-values.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import type { KnownExtensions } from '../certificate.ts'
import { type Element, readElement } from '../schema.ts'
import { readBasicConstraints } from './basic-constraints.ts'
import { readDistributionPoints } from './distribution-points.ts'
import type { Extension } from './extension.ts'
import { readGeneralNames } from './general-name.ts'
import { readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from './key-identifiers.ts'
import { readExtendedKeyUsage, readKeyUsage } from './key-usage.ts'
import { readNameConstraints } from './name-constraints.ts'
import {
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from './policies.ts'

/** The extensions that are read, by the name of the field that has their value. */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  issuerAltName: '2.5.29.18',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
} as const

/** Reads an extension's value as exactly one element; null where it is malformed. */
export function readValue<T>(value: Bytes, reader: (element: Element) => T | null): T | null {
  const element = readElement(value)
  return element === null ? null : reader(element)
}

/** Opens all extensions that are understood; the refusal is the OID of the one that is malformed. */
export function readKnownExtensions(
  extensions: readonly Extension[],
): Result<KnownExtensions, string> {
  const byOid = new Map(extensions.map(({ oid, value }) => [oid, value]))
  let malformed: string | null = null
  const read = <T>(oid: string, reader: (element: Element) => T | null): T | null => {
    const value = byOid.get(oid)
    if (value === undefined) return null
    const known = readValue(value, reader)
    if (known === null) malformed ??= oid
    return known
  }
  const known: KnownExtensions = {
    subjectKeyIdentifier: read(extensionOids.subjectKeyIdentifier, readSubjectKeyIdentifier),
    keyUsage: read(extensionOids.keyUsage, readKeyUsage),
    subjectAltName: read(extensionOids.subjectAltName, (element) =>
      readGeneralNames(elementsOf(element) ?? []),
    ),
    basicConstraints: read(extensionOids.basicConstraints, readBasicConstraints),
    nameConstraints: read(extensionOids.nameConstraints, readNameConstraints),
    certificatePolicies: read(extensionOids.certificatePolicies, readCertificatePolicies),
    policyMappings: read(extensionOids.policyMappings, readPolicyMappings),
    authorityKeyIdentifier:
      read(extensionOids.authorityKeyIdentifier, readAuthorityKeyIdentifier)?.keyIdentifier ?? null,
    policyConstraints: read(extensionOids.policyConstraints, readPolicyConstraints),
    extendedKeyUsage: read(extensionOids.extendedKeyUsage, readExtendedKeyUsage),
    inhibitAnyPolicy: read(extensionOids.inhibitAnyPolicy, readInhibitAnyPolicy),
    issuerAltName: read(extensionOids.issuerAltName, (element) =>
      readGeneralNames(elementsOf(element) ?? []),
    ),
    crlDistributionPoints: read(extensionOids.crlDistributionPoints, readDistributionPoints),
    freshestCrl: read(extensionOids.freshestCrl, readDistributionPoints),
  }
  return malformed === null ? ok(known) : err(malformed)
}
