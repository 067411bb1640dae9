import type { PathRefusal, PathRefusalReason } from '../../x509/index.ts'
import { formatSpan, formatTime } from '../terminal.ts'

/** The hint about a missing anchor or intermediate: it differs by command. */
export type MissingCa = readonly string[]

const newOne = 'ask the partner for a new one: the Worker refuses this one'

/** What to do about each refusal but a missing CA. */
const sentences: Readonly<Record<Exclude<PathRefusalReason, 'unknown_issuer'>, string>> = {
  // About one certificate
  not_yet_valid: 'check the clocks of this machine and of the CA, or wait',
  expired: newOne,
  extended_key_usage: 'its extendedKeyUsage lacks clientAuth: ask its CA for one that has it',
  key_usage:
    'its keyUsage does not allow its use: a partner’s certificate needs digitalSignature or ' +
    'keyAgreement, a CA’s needs keyCertSign',
  not_a_ca: 'it issued a certificate but is not a CA (basicConstraints): ask for the right chain',
  path_too_long: 'a CA of the path allows fewer CAs below it (pathLenConstraint): ask its operator',
  name_constraints:
    'a CA of the path is not allowed to certify this name (nameConstraints): ask its operator',
  key_too_small: 'ask for one with RSA of 2048 bits or more, EC, or Ed25519',
  key_too_large: 'ask for one with RSA of 8192 bits or less, EC, or Ed25519',
  key_unsupported: 'ask for one with RSA, EC on P-256, P-384 or P-521, or Ed25519',
  signature_algorithm_weak: 'it is signed with a broken algorithm: ask its CA for one with SHA-256',
  signature_algorithm_unsupported: 'ask its CA for one signed by RSA, ECDSA or Ed25519, with SHA-2',
  unhandled_critical_extension:
    'it is valid only for software that understands this extension: ask its CA to leave it out',
  any_policy_mapped: 'its policyMappings violate RFC 5280 section 6.1.4 (a): ask its CA',
  no_valid_policy: 'its certificatePolicies do not contain what the path requires: ask its CA',
  negative_serial_number:
    'its serial number is negative, which RFC 5280 forbids: ask its CA for a new one',
  signature_algorithms_differ:
    'it names two different signature algorithms; someone may have changed it: ask its CA',
  // About the path
  signature_invalid:
    'its issuer has that name, but another key: ask for the certificate of the right CA',
  trust_anchor: 'the trust anchor itself cannot be used: ask for a new one',
  too_many_intermediates: 'leave out the certificates that do not belong to the chain',
  no_trust_anchor: 'there is no trust anchor: add one',
  budget_spent: 'the chain is too expensive to verify: leave out what does not belong to it',
  malformed_leaf: '`openssl x509 -in FILE -text` shows its content; ask for the file again',
  malformed_intermediate: 'leave it out, or ask for the file again',
  revoked: 'its CA revoked it: ask the partner for its new certificate',
  revocation_unknown: 'no current CRL of its CA is there',
}

/**
 * What an operator can do about a refused path, most specific first.
 * @param missingCa the hint about a missing anchor or intermediate
 */
export function refusalHints(refusal: PathRefusal, missingCa: MissingCa): string[] {
  const { reason } = refusal
  if (reason === 'unknown_issuer') return [`its issuer is ${refusal.issuer}`, ...missingCa]
  if (reason === 'trust_anchor') {
    const { problem, subject } = refusal
    return [
      `this is about the trust anchor ${subject}: ${problem.reason}`,
      sentences[problem.reason],
    ]
  }
  const depth = 'certificate' in refusal ? refusal.certificate.depth : 0
  return [
    ...('certificate' in refusal && depth > 0
      ? [`this is about a CA, ${depth} above the leaf: ${refusal.certificate.subject}`]
      : []),
    ...evidence(refusal),
    sentences[reason],
    ...(reason === 'signature_invalid' ? missingCa : []),
  ]
}

/** The evidence of a refusal in words. */
function evidence(refusal: PathRefusal): string[] {
  switch (refusal.reason) {
    case 'expired':
      return [
        `it expired ${formatTime(refusal.notAfter)}, ${formatSpan(refusal.time - refusal.notAfter)} ago`,
      ]
    case 'not_yet_valid':
      return [`it is valid from ${formatTime(refusal.notBefore)}`]
    case 'name_constraints':
      return [`the name is ${refusal.name}, the CA ${refusal.constrainedBy}`]
    case 'unhandled_critical_extension':
      return [`the extension is ${refusal.oid}`]
    case 'signature_algorithm_weak':
    case 'signature_algorithm_unsupported':
    case 'key_unsupported':
      return [`the algorithm is ${refusal.algorithm}`]
    case 'key_too_small':
    case 'key_too_large':
      return [`the key has ${refusal.bits} bits`]
    case 'malformed_leaf':
    case 'malformed_intermediate':
      return [
        refusal.problem.reason === 'too_many_elements'
          ? `it has more than ${refusal.problem.limit} encoded elements: too many names or extensions`
          : `what is malformed: ${refusal.problem.reason}`,
      ]
    default: // nothing to add
      return []
  }
}
