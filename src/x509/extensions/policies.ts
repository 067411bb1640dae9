import {
  PolicyConstraints as Asn1PolicyConstraints,
  PolicyMapping as Asn1PolicyMapping,
  InhibitAnyPolicy,
  PolicyInformation,
  PolicyQualifierInfo,
} from '@peculiar/asn1-x509'
import { tags } from '../../encoding/der-reader.ts'
import { smallInteger } from '../../encoding/der-values.ts'
import { type Element, listField, listOf, oidField, schemaOf } from '../schema.ts'

/** The policy OIDs of certificatePolicies, each once. */
export type Policies = readonly string[]

/** RFC 5280 section 4.2.1.5. */
export type PolicyMapping = {
  readonly issuerDomainPolicy: string
  readonly subjectDomainPolicy: string
}

/** RFC 5280 section 4.2.1.11: SkipCerts; null if a member is absent. */
export type PolicyConstraints = {
  readonly requireExplicitPolicy: number | null
  readonly inhibitPolicyMapping: number | null
}

const qualifier = schemaOf<PolicyQualifierInfo>(
  { policyQualifierId: oidField },
  PolicyQualifierInfo,
)
const policyQualifiers = { ...listField(qualifier), optional: true }
const policy = schemaOf<PolicyInformation>(
  { policyIdentifier: oidField, policyQualifiers },
  PolicyInformation,
)
const mapping = schemaOf<Asn1PolicyMapping>(
  { issuerDomainPolicy: oidField, subjectDomainPolicy: oidField },
  Asn1PolicyMapping,
)
const constraints = schemaOf<Asn1PolicyConstraints>({}, Asn1PolicyConstraints)

/** Reads CertificatePolicies (RFC 5280 section 4.2.1.4): "a policy OID MUST NOT appear more than once". */
export function readCertificatePolicies(element: Element): Policies | null {
  const policies = listOf(element, (item) => item.as(policy)?.policyIdentifier ?? null)
  return policies !== null && new Set(policies).size === policies.length ? policies : null
}

/** Reads PolicyMappings: one or more pairs of OIDs. */
export const readPolicyMappings = (element: Element): readonly PolicyMapping[] | null =>
  listOf(element, (item) => item.as(mapping))

/** Reads PolicyConstraints: "MUST NOT [be] an empty sequence". */
export function readPolicyConstraints(element: Element): PolicyConstraints | null {
  const read = element.as(constraints)
  if (read === null || element.children.length === 0) return null
  const requireExplicitPolicy = skipCerts(read.requireExplicitPolicy)
  const inhibitPolicyMapping = skipCerts(read.inhibitPolicyMapping)
  return requireExplicitPolicy === undefined || inhibitPolicyMapping === undefined
    ? null
    : { requireExplicitPolicy, inhibitPolicyMapping }
}

/** Reads InhibitAnyPolicy (section 4.2.1.14). */
export function readInhibitAnyPolicy(element: Element): number | null {
  const read = element.as(InhibitAnyPolicy, tags.integer)
  return read === null ? null : smallInteger(new Uint8Array(read.value))
}

/** SkipCerts: null if it is absent, undefined if it is malformed. */
const skipCerts = (octets: ArrayBuffer | undefined): number | null | undefined =>
  octets === undefined ? null : (smallInteger(new Uint8Array(octets)) ?? undefined)
