import type { Certificate } from '../certificate.ts'
import { knownExtensions } from '../extensions/known-extensions.ts'
import { keyRefusal } from '../keys/public-key.ts'
import { anyPolicy } from '../policies/check-policies.ts'
import type { CertificateRefusal } from './refusal.ts'

/** What the path shall be good for. */
export type Purpose = 'clientAuth' | 'any'

/**
 * What to make of certificates that do not name clientAuth in so many words.
 * @see RFC 5280 section 4.2.1.12
 */
export type ExtendedKeyUsagePolicy = {
  /** A leaf without the extension, which then restricts nothing. Default: accept. */
  readonly absent?: 'accept' | 'refuse'
  /** A leaf that has anyExtendedKeyUsage and not clientAuth. Default: accept. */
  readonly any?: 'accept' | 'refuse'
  /**
   * A leaf, or a CA certificate, that has serverAuth and not clientAuth: what public CAs still
   * issue. Default: refuse.
   */
  readonly serverAuth?: 'accept' | 'refuse'
}

/** What a certificate is on a path. */
export type Role = 'leaf' | 'intermediate'

/** The purpose of the path, and the time in seconds since the epoch. */
export type Use = {
  readonly purpose: Purpose
  readonly extendedKeyUsagePolicy: ExtendedKeyUsagePolicy
  readonly time: number
  /** Whether a certificate is accepted only if a current CRL covers it. */
  readonly requiresCrls?: boolean
}

/** The rules for one certificate in its role, independent of its issuer. */
export const checkCertificate = (
  certificate: Certificate,
  role: Role,
  use: Use,
): CertificateRefusal | null =>
  checkValidity(certificate, use.time) ?? // RFC 5280 section 6.1.3 (a) (2)
  checkSerialNumber(certificate) ?? // section 4.1.2.2
  checkSignatureAlgorithm(certificate) ?? // section 4.1.1.2
  keyRefusal(certificate.publicKey) ??
  checkCriticalExtensions(certificate, use) ?? // sections 6.1.4 (o), 6.1.5 (f)
  (role === 'leaf' ? checkLeaf(certificate, use) : checkIntermediate(certificate, use))

const checkLeaf = (certificate: Certificate, use: Use): CertificateRefusal | null =>
  checkLeafKeyUsage(certificate, use) ??
  checkExtendedKeyUsage(certificate, use, use.extendedKeyUsagePolicy)

const checkIntermediate = (certificate: Certificate, use: Use): CertificateRefusal | null =>
  checkPolicyMappings(certificate) ?? // section 6.1.4 (a)
  checkBasicConstraints(certificate) ?? // (k)
  checkCaKeyUsage(certificate) ?? // (n)
  checkExtendedKeyUsage(certificate, use)

/**
 * The rules for a trust anchor. It is a name and a key (section 6.1.1 (d)) that the operator chose to
 * trust: its own signature, serial number and algorithms do not matter, and basicConstraints may
 * be missing. What its certificate states about its use is honoured, its dates too: an anchor
 * outside of them is not used.
 */
export const checkAnchor = (anchor: Certificate, use: Use): CertificateRefusal | null =>
  checkValidity(anchor, use.time) ??
  keyRefusal(anchor.publicKey) ??
  checkCriticalExtensions(anchor, use) ??
  (anchor.basicConstraints === null ? null : checkBasicConstraints(anchor)) ??
  checkCaKeyUsage(anchor) ??
  checkExtendedKeyUsage(anchor, use)

/** Section 4.1.2.5: both ends included. Written so that a time that is no number is refused. */
export function checkValidity(
  { notBefore, notAfter }: Certificate,
  time: number,
): CertificateRefusal | null {
  if (!(time >= notBefore)) return { reason: 'not_yet_valid', notBefore, time }
  return time <= notAfter ? null : { reason: 'expired', notAfter, time }
}

/** Section 4.1.2.2 requires positive numbers and asks to accept zero; a negative one is refused. */
const checkSerialNumber = ({ serialNumber }: Certificate): CertificateRefusal | null =>
  serialNumber >= '8' ? { reason: 'negative_serial_number' } : null

function checkSignatureAlgorithm(certificate: Certificate): CertificateRefusal | null {
  const { signatureAlgorithm: by } = certificate
  // Section 4.1.1.2: "MUST contain the same algorithm identifier"
  if (!certificate.signatureAlgorithmsAgree) return { reason: 'signature_algorithms_differ' }
  if (by.name === 'weak') return { reason: 'signature_algorithm_weak', algorithm: by.algorithm }
  return by.name === 'unsupported'
    ? { reason: 'signature_algorithm_unsupported', algorithm: by.algorithm }
    : null
}

/** Extensions that are enforced; key identifiers must not be critical at all. */
const handled: ReadonlySet<string> = new Set(
  [
    knownExtensions.keyUsage,
    knownExtensions.subjectAltName,
    knownExtensions.basicConstraints,
    knownExtensions.nameConstraints,
    knownExtensions.certificatePolicies,
    knownExtensions.policyMappings,
    knownExtensions.policyConstraints,
    knownExtensions.extendedKeyUsage,
    knownExtensions.inhibitAnyPolicy,
  ].map(({ oid }) => oid),
)

/**
 * Section 4.2: a critical extension that is not processed rejects the certificate. Distribution points
 * are processed where CRLs must be.
 */
function checkCriticalExtensions(
  { extensions }: Certificate,
  { requiresCrls = false }: Use,
): CertificateRefusal | null {
  const isHandled = (oid: string): boolean =>
    handled.has(oid) || (requiresCrls && oid === knownExtensions.crlDistributionPoints.oid)
  const unhandled = extensions.find(({ oid, critical }) => critical && !isHandled(oid))
  return unhandled === undefined
    ? null
    : { reason: 'unhandled_critical_extension', oid: unhandled.oid }
}

/** Section 6.1.4 (a): anyPolicy cannot be mapped. */
const checkPolicyMappings = ({ policyMappings }: Certificate): CertificateRefusal | null =>
  policyMappings?.some((mapping) => Object.values(mapping).includes(anyPolicy))
    ? { reason: 'any_policy_mapped' }
    : null

/** Section 6.1.4 (k): certificates of versions 1 and 2 cannot state that they are a CA, so they are not. */
const checkBasicConstraints = ({ basicConstraints }: Certificate): CertificateRefusal | null =>
  basicConstraints?.cA === true ? null : { reason: 'not_a_ca' }

/** Section 6.1.4 (n): if there is a keyUsage, it has keyCertSign. */
const checkCaKeyUsage = ({ keyUsage }: Certificate): CertificateRefusal | null =>
  keyUsage === null || keyUsage.has('keyCertSign')
    ? null
    : { reason: 'key_usage', keyUsage: [...keyUsage] }

/** Section 4.2.1.12: digitalSignature, keyAgreement or both are consistent with id-kp-clientAuth. */
function checkLeafKeyUsage({ keyUsage }: Certificate, { purpose }: Use): CertificateRefusal | null {
  if (purpose === 'any' || keyUsage === null) return null
  return keyUsage.has('digitalSignature') || keyUsage.has('keyAgreement')
    ? null
    : { reason: 'key_usage', keyUsage: [...keyUsage] }
}

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyExtendedKeyUsage = '2.5.29.37.0'

/**
 * Whether a certificate is for TLS clients. CA certificates pass on at most what they have themselves: RFC
 * 5280 does not say so, but that is what CAs mean by it, and what other validators do. In them no
 * extension and anyExtendedKeyUsage restrict nothing, whatever the policy for leaves.
 * @param leafPolicy what else to accept in a leaf
 */
function checkExtendedKeyUsage(
  { extendedKeyUsage: usages }: Certificate,
  { purpose, extendedKeyUsagePolicy: policy }: Use,
  { absent = 'accept', any = 'accept' }: ExtendedKeyUsagePolicy = {},
): CertificateRefusal | null {
  const isAccepted =
    usages === null
      ? absent === 'accept'
      : usages.includes(clientAuth) ||
        (any === 'accept' && usages.includes(anyExtendedKeyUsage)) ||
        (policy.serverAuth === 'accept' && usages.includes(serverAuth))
  return purpose === 'any' || isAccepted
    ? null
    : { reason: 'extended_key_usage', extendedKeyUsage: usages ?? [] }
}
