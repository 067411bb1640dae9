import type { Certificate } from './certificate.ts'
import { verifySignature } from './keys/verify-signature.ts'
import { namesEqual } from './names/distinguished-name.ts'

/** Whether a certificate names itself as its issuer and is signed with its own key. */
export async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  if (!isSelfIssued(certificate)) return false
  // A signature that cannot be verified (SHA-1, for example) is assumed to be the certificate's own:
  // what is registered or trusted is the whole certificate, and nothing depends on its signature.
  const { name } = certificate.signatureAlgorithm
  if (name === 'weak' || name === 'unsupported') return true
  return verifySignature(certificate, certificate.publicKey)
}

/** Whether subject and issuer are the same name (RFC 5280 section 6.1). */
export const isSelfIssued = ({ subjectDer, issuerDer }: Certificate): boolean =>
  namesEqual(subjectDer, issuerDer)

/** What a certificate can be registered as: a client's certificate, a trust anchor, or either. */
export type CertificateKind = 'issued' | 'self-signed' | 'self-signed-ca' | 'ca'

/** The kind of a certificate. Many tools mark every self-signed certificate as a CA. */
export async function kindOf(certificate: Certificate): Promise<CertificateKind> {
  const selfSigned = await isSelfSigned(certificate)
  const { basicConstraints, version } = certificate
  // A version 1 certificate has no extensions: a self-signed one is assumed to be a root CA.
  const isCa = basicConstraints === null ? version === 1 && selfSigned : basicConstraints.cA
  if (isCa) return selfSigned ? 'self-signed-ca' : 'ca'
  return selfSigned ? 'self-signed' : 'issued'
}
