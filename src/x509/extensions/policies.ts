import type { DerNode } from '../../encoding/der-reader.ts'
import { contentsOf, elementsOf, oidOf, smallInteger } from '../../encoding/der-values.ts'

/** The policy OIDs of certificatePolicies, each once. */
export type Policies = readonly string[]

/** RFC 5280 section 4.2.1.5. */
export type PolicyMapping = {
  readonly issuerDomainPolicy: string
  readonly subjectDomainPolicy: string
}

/** RFC 5280 section 4.2.1.11: SkipCerts; null where a member is absent. */
export type PolicyConstraints = {
  readonly requireExplicitPolicy: number | null
  readonly inhibitPolicyMapping: number | null
}

/** Reads CertificatePolicies (RFC 5280 section 4.2.1.4): "a policy OID MUST NOT appear more than once". */
export function readCertificatePolicies(node: DerNode): Policies | null {
  const policies = elementsOf(node)?.map(readPolicyInformation) ?? []
  if (policies.length === 0 || !policies.every((oid) => oid !== null)) return null
  return new Set(policies).size === policies.length ? policies : null
}

function readPolicyInformation(node: DerNode): string | null {
  const [policy, qualifiers, ...more] = elementsOf(node) ?? []
  if (more.length > 0) return null
  return qualifiers === undefined || areQualifiers(qualifiers) ? oidOf(policy) : null
}

/** One or more pairs of an OID and something. */
function areQualifiers(node: DerNode): boolean {
  const qualifiers = elementsOf(node) ?? []
  return (
    qualifiers.length > 0 &&
    qualifiers.every(
      (qualifier) => elementsOf(qualifier)?.length === 2 && oidOf(qualifier.children[0]) !== null,
    )
  )
}

/** Reads PolicyMappings: one or more pairs of OIDs. */
export function readPolicyMappings(node: DerNode): readonly PolicyMapping[] | null {
  const mappings = elementsOf(node)?.map(readPolicyMapping) ?? []
  return mappings.length > 0 && mappings.every((mapping) => mapping !== null) ? mappings : null
}

function readPolicyMapping(node: DerNode): PolicyMapping | null {
  const [issuer, subject, ...more] = elementsOf(node) ?? []
  const issuerDomainPolicy = oidOf(issuer)
  const subjectDomainPolicy = oidOf(subject)
  return issuerDomainPolicy === null || subjectDomainPolicy === null || more.length > 0
    ? null
    : { issuerDomainPolicy, subjectDomainPolicy }
}

/** Reads PolicyConstraints: "MUST NOT [be] an empty sequence". */
export function readPolicyConstraints(node: DerNode): PolicyConstraints | null {
  const elements = elementsOf(node) ?? []
  const tags = elements.map((element) => element.tag).join()
  if (!['128', '129', '128,129'].includes(tags)) return null
  const skips = elements.map((element) => smallInteger(contentsOf(element)))
  if (!skips.every((skip) => skip !== null)) return null
  return {
    requireExplicitPolicy: tags.startsWith('128') ? (skips[0] ?? null) : null,
    inhibitPolicyMapping: tags.endsWith('129') ? (skips.at(-1) ?? null) : null,
  }
}
