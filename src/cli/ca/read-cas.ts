import { err, ok, type Result } from '../../encoding/result.ts'
import { type CaCertificate, type CaRefusal, readCa } from '../../trust-anchors/ca-certificate.ts'
import {
  maxAnchors,
  maxIntermediateOctets,
  maxIntermediates,
  type SetRefusal,
} from '../../trust-anchors/change-set.ts'
import { type ReadCertificate, readAllCertificates } from '../cert/read-certificates.ts'
import { type Outcome, refused } from '../outcome.ts'
import { formatTime } from '../terminal.ts'

/** Reads the CAs of several files, each once. @returns them, or the refusal to print */
export async function readCas(
  cwd: string,
  files: readonly string[],
  set: string,
): Promise<Result<readonly CaCertificate[], Outcome>> {
  const read = await readAllCertificates(cwd, files)
  if (!read.ok) return read
  const byFingerprint = new Map<string, CaCertificate>()
  for (const one of read.value) {
    const ca = await readCa(one.certificate)
    if (!ca.ok) return err(refusedCa(one, ca.error, set))
    byFingerprint.set(ca.value.sha256, ca.value)
  }
  return ok([...byFingerprint.values()])
}

/** A row about a CA that a command adds. */
export const caRow = (state: string, { sha256, certificate }: CaCertificate): string[] => [
  state,
  sha256,
  formatTime(certificate.notAfter),
  certificate.subject,
]

function refusedCa({ file, certificate }: ReadCertificate, refusal: CaRefusal, set: string) {
  const { subject, issuer } = certificate
  return refusal.why === 'key'
    ? refused(
        `${file}: the key of ${subject} cannot be used: ${refusal.key.reason}`,
        'use RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519',
      )
    : refused(
        `${file}: ${subject} is not a CA (basicConstraints): it cannot be trusted to issue certificates`,
        `its issuer is ${issuer}: add the certificate of that CA to ${set}`,
        `to register a partner's own certificate: certbound client add NAME --certificate ${file} --ca ${set} ...`,
      )
}

/** The refusal of a change, and what to do about it. */
export function refusedSet(set: string, refusal: SetRefusal): Outcome {
  switch (refusal.why) {
    case 'unknown_set':
      return unknownSet(set)
    case 'too_many_anchors':
      return refused(
        `a set has at most ${maxAnchors} trust anchors`,
        'use another set, or remove one with `certbound ca remove`',
      )
    case 'too_many_intermediates':
      return refused(
        `a set has at most ${maxIntermediates} intermediates of ${maxIntermediateOctets} octets in total`,
        `\`certbound ca remove-intermediate ${set} FINGERPRINT\` removes one`,
      )
    case 'too_many_crl_sources':
      return refused(
        'a set has at most 32 hosts and 64 URLs of CRLs',
        '--drop-crl-host removes one',
      )
    case 'self_signed':
      return refused(
        `${refusal.ca.certificate.subject} is self-signed: it leads to no other CA`,
        `if ${set} should trust it: certbound ca add ${set} FILE`,
      )
    case 'changed_meanwhile':
      return refused(
        `someone else changed ${set} at the same time`,
        `look at it with \`certbound ca list ${set}\`, then try again`,
      )
  }
}

export const unknownSet = (set: string): Outcome =>
  refused(
    `there is no trust anchor set ${set}`,
    `\`certbound ca list\` shows the sets; \`certbound ca add ${set} FILE\` makes this one`,
  )
