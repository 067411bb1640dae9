import { err, ok, type Result } from '../../encoding/result.ts'
import type { Certificate } from '../certificate.ts'
import { keyRefusal } from '../keys/public-key.ts'
import { namesEqual } from '../names/distinguished-name.ts'
import type { CertificateList } from './certificate-list.ts'
import { keyId } from './indexed-list.ts'
import { parseCertificateList } from './parse-certificate-list.ts'
import { revocationList } from './revocation-list.ts'
import { moreTelling, type UnknownStatus } from './unknown-status.ts'

/** A list that was signed with the key of one of the certificates it was held against. */
export type VerifiedList = {
  readonly crl: CertificateList
  readonly signer: Certificate
  /** SHA-256 of the signer's SubjectPublicKeyInfo, in lower-case hexadecimal. */
  readonly issuerKey: string
}

/**
 * Reads a list and finds which of `signers` signed it (RFC 5280 section 6.3.3 (f), (g)): a certificate
 * with the name of the list's issuer that may sign lists. Whether to trust the signer is not checked
 * here: a lookup uses the list only if the signer's key is on the path.
 * @param request `crl` in DER, which must not be changed from now on; `time` in seconds since the epoch
 */
export async function verifyCertificateList(request: {
  readonly crl: Uint8Array
  readonly signers: readonly Certificate[]
  readonly time: number
}): Promise<Result<VerifiedList, UnknownStatus>> {
  const { ok: isRead, ...outcome } = parseCertificateList(request.crl)
  if (!isRead || !('crl' in outcome)) {
    const problem = outcome as Extract<typeof outcome, { reason: string }>
    return err({ why: 'malformed_list', index: 0, problem })
  }
  const { crl } = outcome
  const list = revocationList(crl)
  const problem = list.unusable ?? checkTime(crl, request.time)
  if (problem !== null) return err(problem)
  let why: UnknownStatus = { why: 'not_signed_by_issuer' }
  for (const signer of request.signers) {
    if (!namesEqual(signer.subjectDer, crl.issuerDer)) continue
    if (keyRefusal(signer.publicKey) !== null) continue
    if (!(await list.isSignedBy(signer, () => true))) continue
    if (signer.keyUsage === null || signer.keyUsage.has('cRLSign')) {
      return ok({ crl, signer, issuerKey: await keyId(signer.subjectPublicKeyInfo) })
    }
    why = moreTelling(why, { why: 'signer_may_not_sign' })
  }
  return err(why)
}

function checkTime(
  { thisUpdate, nextUpdate }: CertificateList,
  time: number,
): UnknownStatus | null {
  // Written so that a time that is no number is refused.
  if (!(time >= thisUpdate)) return { why: 'not_yet_valid', thisUpdate }
  if (nextUpdate === null) return { why: 'no_next_update' }
  return time <= nextUpdate ? null : { why: 'stale', nextUpdate }
}
