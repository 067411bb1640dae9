import type { Certificate } from '../certificate.ts'
import { extensionOids } from '../extensions/known-extensions.ts'
import { keyRefusal } from '../keys/key-strength.ts'
import type { CertificateRefusal } from './refusal.ts'

/** What a certificate is on a path. */
export type Role = 'leaf' | 'intermediate'

/** What the path shall be good for. */
export type Purpose = 'clientAuth' | 'any'

/** All that can be said of a certificate in its role, whoever issued it. */
export const checkCertificate = (
  certificate: Certificate,
  role: Role,
  purpose: Purpose,
  time: number,
): CertificateRefusal | null =>
  checkValidity(certificate, time) ?? // RFC 5280 section 6.1.3 (a) (2)
  checkSerialNumber(certificate) ?? // section 4.1.2.2
  checkSignatureAlgorithm(certificate) ?? // section 4.1.1.2
  keyRefusal(certificate.publicKey) ??
  checkCriticalExtensions(certificate) ?? // sections 6.1.4 (o), 6.1.5 (f)
  checkConstraints(certificate) ??
  (role === 'leaf' ? null : checkBasicConstraints(certificate)) ?? // section 6.1.4 (k)
  (role === 'leaf' ? checkLeafKeyUsage(certificate, purpose) : checkCaKeyUsage(certificate)) ??
  (role === 'leaf'
    ? checkLeafExtendedKeyUsage(certificate, purpose)
    : checkCaExtendedKeyUsage(certificate, purpose))

/**
 * What is asked of a trust anchor. It is a name and a key (section 6.1.1 (d)), which somebody chose
 * to trust: its own signature, serial number and algorithms do not matter, and basicConstraints may
 * be missing. What its certificate does say of its use is honoured, its dates too: an anchor outside
 * of them is not used.
 */
export const checkAnchor = (
  anchor: Certificate,
  purpose: Purpose,
  time: number,
): CertificateRefusal | null =>
  checkValidity(anchor, time) ??
  keyRefusal(anchor.publicKey) ??
  checkCriticalExtensions(anchor) ??
  checkConstraints(anchor) ??
  (anchor.basicConstraints === null ? null : checkBasicConstraints(anchor)) ??
  checkCaKeyUsage(anchor) ??
  checkCaExtendedKeyUsage(anchor, purpose)

/** Section 4.1.2.5: both ends included. Written so that a time that is no number is refused. */
export function checkValidity(
  { notBefore, notAfter }: Certificate,
  time: number,
): CertificateRefusal | null {
  if (!(time >= notBefore)) return { reason: 'not_yet_valid', notBefore, time }
  return time <= notAfter ? null : { reason: 'expired', notAfter, time }
}

/** Section 4.1.2.2 demands positive numbers. Zero is borne, as it asks; a negative one is forged. */
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

/** Those whose meaning is enforced somewhere here; key identifiers must not be critical at all. */
const handled: ReadonlySet<string> = new Set([
  extensionOids.keyUsage,
  extensionOids.subjectAltName,
  extensionOids.basicConstraints,
  extensionOids.nameConstraints,
  extensionOids.certificatePolicies,
  extensionOids.policyMappings,
  extensionOids.policyConstraints,
  extensionOids.extendedKeyUsage,
  extensionOids.inhibitAnyPolicy,
])

/** Section 4.2: a critical extension that is not processed rejects the certificate. */
function checkCriticalExtensions({ extensions }: Certificate): CertificateRefusal | null {
  const unhandled = extensions.find(({ oid, critical }) => critical && !handled.has(oid))
  return unhandled === undefined
    ? null
    : { reason: 'unhandled_critical_extension', oid: unhandled.oid }
}

/** Constraints that are read but not evaluated refuse, critical or not: ignoring them would widen. */
function checkConstraints(certificate: Certificate): CertificateRefusal | null {
  const { nameConstraints, policyConstraints, inhibitAnyPolicy } = certificate
  const constraints = { nameConstraints, policyConstraints, inhibitAnyPolicy }
  const found = Object.entries(constraints).find(([, value]) => value !== null)
  return found === undefined ? null : { reason: 'constraint_not_supported', extension: found[0] }
}

/** Section 6.1.4 (k): versions 1 and 2 cannot say that they are a CA, so they are none. */
const checkBasicConstraints = ({ basicConstraints }: Certificate): CertificateRefusal | null =>
  basicConstraints?.cA === true ? null : { reason: 'not_a_ca' }

/** Section 6.1.4 (n): if there is a keyUsage, it has keyCertSign. */
const checkCaKeyUsage = ({ keyUsage }: Certificate): CertificateRefusal | null =>
  keyUsage === null || keyUsage.has('keyCertSign')
    ? null
    : { reason: 'key_usage', keyUsage: [...keyUsage] }

/** Section 4.2.1.12: what goes with id-kp-clientAuth is digitalSignature, keyAgreement or both. */
function checkLeafKeyUsage({ keyUsage }: Certificate, purpose: Purpose): CertificateRefusal | null {
  if (purpose === 'any' || keyUsage === null) return null
  return keyUsage.has('digitalSignature') || keyUsage.has('keyAgreement')
    ? null
    : { reason: 'key_usage', keyUsage: [...keyUsage] }
}

/**
 * The policy for the leaf: no extKeyUsage is no restriction (section 4.2.1.12); with one, it must
 * have clientAuth or anyExtendedKeyUsage, which sets no limit either.
 */
export const checkLeafExtendedKeyUsage = checkExtendedKeyUsage

/** The policy for CA certificates: they pass on at most what they have themselves; else the same. */
export const checkCaExtendedKeyUsage = checkExtendedKeyUsage

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyExtendedKeyUsage = '2.5.29.37.0'

function checkExtendedKeyUsage(
  { extendedKeyUsage }: Certificate,
  purpose: Purpose,
): CertificateRefusal | null {
  if (purpose === 'any' || extendedKeyUsage === null) return null
  return extendedKeyUsage.includes(clientAuth) || extendedKeyUsage.includes(anyExtendedKeyUsage)
    ? null
    : { reason: 'extended_key_usage', extendedKeyUsage }
}
