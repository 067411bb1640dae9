import type { PathRefusal, PathRefusalReason } from '../../x509/index.ts'
import { formatSpan, formatTime } from '../terminal.ts'

/** What to say where an anchor or an intermediate is missing: it differs by command. */
export type MissingCa = readonly string[]

const newOne = 'ask for a new one: the Worker will refuse it until then'

/** What to do about a refusal; where a CA is missing, the command knows. */
const sentences: Readonly<Record<Exclude<PathRefusalReason, 'unknown_issuer'>, string>> = {
  // What is wrong with a certificate
  not_yet_valid: 'look whether the clock of this machine and of the CA are right, or wait',
  expired: newOne,
  extended_key_usage: 'its extendedKeyUsage lacks clientAuth: ask its CA for one that has it',
  key_usage:
    'its keyUsage lacks what it is used for: digitalSignature or keyAgreement for a partner’s, ' +
    'keyCertSign for a CA’s',
  not_a_ca: 'it has issued a certificate and is no CA (basicConstraints): ask for the right chain',
  path_too_long: 'a CA above allows fewer CAs below it (pathLenConstraint): ask its operator',
  name_constraints: 'a CA above may not vouch for this name (nameConstraints): ask its operator',
  key_too_small: 'ask for one with RSA of 2048 bits or more, EC, or Ed25519',
  key_too_large: 'ask for one with RSA of 8192 bits or less, EC, or Ed25519',
  key_unsupported: 'ask for one with RSA, EC on P-256, P-384 or P-521, or Ed25519',
  signature_algorithm_weak: 'it is signed with a broken algorithm: ask its CA for one with SHA-256',
  signature_algorithm_unsupported: 'ask its CA for one signed by RSA, ECDSA or Ed25519, with SHA-2',
  unhandled_critical_extension:
    'it is marked as good only for those who understand that extension: ask its CA to leave it out',
  any_policy_mapped: 'its policyMappings are against RFC 5280 section 6.1.4 (a): ask its CA',
  no_valid_policy:
    'its certificatePolicies do not hold what is required along the path: ask its CA',
  negative_serial_number:
    'its serial number is negative, against RFC 5280: ask its CA for a new one',
  signature_algorithms_differ:
    'it names two signature algorithms; it may have been altered: ask its CA',
  // What is wrong with the path
  signature_invalid:
    'a CA of that name and another key: it was renewed, or is another one; ask for its certificate',
  trust_anchor: 'the anchor itself cannot be used: ask for a new one',
  too_many_intermediates: 'leave certificates out that do not belong to the chain',
  no_trust_anchor: 'there is no anchor at all: nobody vouches for anybody yet',
  budget_spent: 'the chain takes too much work: leave out what does not belong to it',
  malformed_leaf: '`openssl x509 -in FILE -text` shows what it holds; ask for the file again',
  malformed_intermediate: 'leave it out, or ask for the file again',
  revoked: 'its CA has taken it back: ask the partner for its new one',
  revocation_unknown: 'no current CRL of its CA tells of it',
}

/**
 * What an operator does about a refused path, most specific first.
 * @param missingCa what to say where nobody above is known
 */
export function refusalHints(refusal: PathRefusal, missingCa: MissingCa): string[] {
  const { reason } = refusal
  if (reason === 'unknown_issuer') return [`its issuer is ${refusal.issuer}`, ...missingCa]
  if (reason === 'trust_anchor') {
    const { problem, subject } = refusal
    return [`it is about the anchor ${subject}: ${problem.reason}`, sentences[problem.reason]]
  }
  const depth = 'certificate' in refusal ? refusal.certificate.depth : 0
  return [
    ...('certificate' in refusal && depth > 0
      ? [`it is about a CA ${depth} above the certificate: ${refusal.certificate.subject}`]
      : []),
    ...evidence(refusal),
    sentences[reason],
    ...(reason === 'signature_invalid' ? missingCa : []),
  ]
}

/** What tells more than the reason alone. */
function evidence(refusal: PathRefusal): string[] {
  switch (refusal.reason) {
    case 'expired':
      return [
        `it expired ${formatTime(refusal.notAfter)}, ${formatSpan(refusal.time - refusal.notAfter)} before`,
      ]
    case 'not_yet_valid':
      return [`it begins ${formatTime(refusal.notBefore)}`]
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
    default: // nothing to add
      return []
  }
}
