import { err, ok, type Result } from '../encoding/result.ts'

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
  if (!isThumbprint(thumbprint)) throw new TypeError('not a SHA-256 thumbprint')
  return { 'x5t#S256': thumbprint }
}

/**
 * Reads the `cnf` claim of a token.
 * @returns null where the token has none, or the names of the members of one that is not understood
 */
export function readConfirmation(
  cnf: unknown,
): Result<Confirmation | null, { readonly members: readonly string[] }> {
  if (cnf === undefined) return ok(null)
  if (typeof cnf !== 'object' || cnf === null) return err({ members: [] })
  const members = Object.keys(cnf)
  const thumbprint: unknown = 'x5t#S256' in cnf ? cnf['x5t#S256'] : undefined
  // RFC 7800 section 3.1 leaves unknown members to the application: ours refuses what it cannot
  // check, since each of them may be the one that the token is bound by.
  if (members.length !== 1 || typeof thumbprint !== 'string' || !isThumbprint(thumbprint)) {
    return err({ members })
  }
  return ok({ 'x5t#S256': thumbprint })
}

/** RFC 8705 section 3.1: base64url of 32 octets. The last character holds two bits of padding: zeros. */
const isThumbprint = (text: string): boolean => /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
