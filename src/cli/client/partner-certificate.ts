import { isAnchorOf, type StoredSet } from '../../trust-anchors/stored-set.ts'
import { type CertificateKind, kindOf } from '../../x509/certificate-kind.ts'
import type { Certificate } from '../../x509/index.ts'
import type { ReadCertificate } from '../cert/read-certificates.ts'
import { type Outcome, refused } from '../outcome.ts'

/**
 * Whether the first certificate of a file can be a partner's that a set vouches for: an anchor of
 * the set passes path validation as well, and would register the CA as the partner.
 * @returns null where it can, else the refusal to print
 */
export async function checkIsPartners(
  read: readonly ReadCertificate[],
  set: StoredSet,
): Promise<Outcome | null> {
  const [first, ...rest] = read
  if (first === undefined) return null
  const isAnchor = isAnchorOf(set, first.certificate.der)
  if (!isAnchor && !isCaKind(await kindOf(first.certificate))) return null
  return refused(
    `${first.file}: the first certificate is ${isAnchor ? 'an anchor of the set' : 'a CA'}, ${first.certificate.subject}`,
    await whereItIs(first.file, rest),
    'a partner whose certificate really is marked as a CA: --subject-dn without --certificate',
  )
}

/** Where the partner's own certificate seems to be. */
async function whereItIs(file: string, rest: readonly ReadCertificate[]): Promise<string> {
  for (const [index, one] of rest.entries()) {
    if (one.file !== file || isCaKind(await kindOf(one.certificate))) continue
    const which = index === 0 ? 'second' : `number ${index + 2}`
    return `the partner's seems to be the ${which}, ${nameOf(one.certificate)}: put it first`
  }
  return "give the partner's own certificate; CAs go into the set (`ca add`)"
}

const isCaKind = (kind: CertificateKind): boolean => kind === 'ca' || kind === 'self-signed-ca'

const nameOf = ({ subject }: Certificate): string => (subject === '' ? '(no subject)' : subject)
