import { err, ok, type Result } from '../encoding/result.ts'
import { sha256Hex } from '../encoding/sha256.ts'
import {
  type Certificate,
  type KeyRefusal,
  keyRefusal,
  namesEqual,
  verifySignature,
} from '../x509/index.ts'

/** The certificate of a CA that can be a member of a set. */
export type CaCertificate = {
  readonly certificate: Certificate
  /** Lower-case hex. */
  readonly sha256: string
  readonly selfSigned: boolean
}

/** Why a certificate cannot be a member of a set. */
export type CaRefusal =
  | { readonly why: 'not_a_ca' }
  | { readonly why: 'key'; readonly key: KeyRefusal }

/** Checks that a certificate is one of a CA, with a key that can be used. */
export async function readCa(certificate: Certificate): Promise<Result<CaCertificate, CaRefusal>> {
  const kind = await kindOf(certificate)
  if (kind !== 'ca' && kind !== 'self-signed-ca') return err({ why: 'not_a_ca' })
  const key = keyRefusal(certificate.publicKey)
  if (key !== null) return err({ why: 'key', key })
  const sha256 = await sha256Hex(certificate.der)
  return ok({ certificate, sha256, selfSigned: kind === 'self-signed-ca' })
}

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
