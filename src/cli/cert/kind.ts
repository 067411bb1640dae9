import { type Certificate, namesEqual, verifySignature } from '../../x509/index.ts'

/** Whether a certificate names itself as its issuer and is signed with its own key. */
export async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  if (!isSelfIssued(certificate)) return false
  // A signature that cannot be checked (SHA-1, say) is taken as what the names say: the whole
  // certificate is registered, nothing rests on its signature.
  const { name } = certificate.signatureAlgorithm
  if (name === 'weak' || name === 'unsupported') return true
  return verifySignature(certificate, certificate.publicKey)
}

/** Whether subject and issuer are one name (RFC 5280 section 6.1). */
export const isSelfIssued = ({ subjectDer, issuerDer }: Certificate): boolean =>
  namesEqual(subjectDer, issuerDer)

/** A root of version 1 cannot say that it is a CA; it is one if anything is. */
export const isCa = ({ basicConstraints, version }: Certificate, selfSigned: boolean): boolean =>
  basicConstraints === null ? version === 1 && selfSigned : basicConstraints.cA

/** What a certificate can be registered as: a partner's, an anchor, or both. */
export type CertificateKind = 'issued' | 'self-signed' | 'self-signed-ca' | 'ca'

/** What a certificate can be registered as. Many tools mark every self-signed one as a CA. */
export async function kindOf(certificate: Certificate): Promise<CertificateKind> {
  const selfSigned = await isSelfSigned(certificate)
  if (isCa(certificate, selfSigned)) return selfSigned ? 'self-signed-ca' : 'ca'
  return selfSigned ? 'self-signed' : 'issued'
}
