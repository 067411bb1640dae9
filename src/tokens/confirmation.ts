import { fromBase64url } from '../encoding/base64.ts'

/**
 * How the holder of a token proves possession (RFC 7800 section 3.1). This one form is all we issue;
 * a form to come joins this union, and every place that reads it must then say what it does.
 */
export type Confirmation = CertificateConfirmation

/** Bound to a certificate (RFC 8705 section 3.1). */
export type CertificateConfirmation = { readonly 'x5t#S256': string }

/**
 * Binds a token to the certificate that its client has presented (RFC 8705 section 3.1).
 * @param thumbprint base64url of the SHA-256 of the DER certificate
 * @throws TypeError for anything else: a token bound to nothing would be refused everywhere
 */
export function certificateConfirmation(thumbprint: string): CertificateConfirmation {
  if (fromBase64url(thumbprint)?.length !== 32) throw new TypeError('not a SHA-256 thumbprint')
  return { 'x5t#S256': thumbprint }
}
