import { err, ok, type Result } from '../encoding/result.ts'

/** How the holder of a token proves possession (RFC 7800 section 3.1). */
export type Confirmation = CertificateConfirmation

/** Bound to a certificate (RFC 8705 section 3.1). */
export type CertificateConfirmation = { readonly 'x5t#S256': string }

/**
 * The confirmation of a token that is bound to a certificate (RFC 8705 section 3.1).
 * @param thumbprint base64url of the SHA-256 of the DER certificate
 * @throws TypeError for any other text: no resource server would accept the token
 */
export function certificateConfirmation(thumbprint: string): CertificateConfirmation {
  if (!isThumbprint(thumbprint)) throw new TypeError('not a SHA-256 thumbprint')
  return { 'x5t#S256': thumbprint }
}

/**
 * Reads the `cnf` claim of a token.
 * @returns null for a token without one; the member names of one that this code does not understand
 */
export function readConfirmation(
  cnf: unknown,
): Result<Confirmation | null, { readonly members: readonly string[] }> {
  if (cnf === undefined) return ok(null)
  if (typeof cnf !== 'object' || cnf === null) return err({ members: [] })
  const members = Object.keys(cnf)
  const thumbprint: unknown = 'x5t#S256' in cnf ? cnf['x5t#S256'] : undefined
  // RFC 7800 section 3.1 leaves unknown members to the application. They are refused, because any of
  // them may be the one that the token is bound by.
  if (members.length !== 1 || typeof thumbprint !== 'string' || !isThumbprint(thumbprint)) {
    return err({ members })
  }
  return ok({ 'x5t#S256': thumbprint })
}

/** RFC 8705 section 3.1: base64url of 32 octets. The last character holds two bits of padding: zeros. */
const isThumbprint = (text: string): boolean => /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
