import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import type { Client } from '../clients/client.ts'
import { publicKeyText, type RegisteredKey } from '../clients/registered-key.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { CertificateRefusal } from '../oauth/refusal.ts'
import {
  type KeyRefusal,
  keyRefusal,
  parseCertificate,
  publicKeyToJwk,
  thumbprint as thumbprintOf,
} from '../x509/index.ts'
import { type AuthenticatedClient, authenticatedAs } from './authenticated-client.ts'

/**
 * The self-signed method: the certificate is a registered one. Its dates are enforced; its chain and
 * its signature are not looked at, since registration is the trust.
 * @param now seconds since the epoch
 * @see RFC 8705 section 2.2
 */
export async function bySelfSignedTlsClientAuth(
  client: Client,
  keys: readonly RegisteredKey[],
  presented: Exclude<PresentedCertificate, { kind: 'none' }>,
  now: number,
): Promise<Result<AuthenticatedClient, CertificateRefusal>> {
  const read = await readFacts(presented)
  if (!read.ok) return read
  const facts = read.value
  const { thumbprint, subject, notBefore, notAfter } = facts
  const clientId = client.client_id
  const matches = await Promise.all(keys.map((key) => isRegistered(key, facts)))
  if (!matches.includes(true)) {
    const registered = keys.map(nameOf)
    return err({ code: 'key_not_registered', clientId, registered, subject, thumbprint })
  }
  if (facts.keyRefusal !== null) {
    return err({ code: 'certificate_key', clientId, subject, thumbprint, key: facts.keyRefusal })
  }
  const evidence = { clientId, subject, thumbprint, notBefore, notAfter, now }
  if (now < notBefore) return err({ code: 'certificate_not_yet_valid', ...evidence })
  if (now > notAfter) return err({ code: 'certificate_expired', ...evidence })
  return ok(authenticatedAs(client, { thumbprint, notAfter }))
}

/** What of the presented certificate can be compared; null is what the edge left out. */
type Facts = {
  readonly thumbprint: string
  readonly subject: string
  readonly notBefore: number
  readonly notAfter: number
  readonly certificate: Uint8Array | null
  readonly publicKey: string | null
  /** Of a certificate that the edge left out the key is not known: its registration vouches for it. */
  readonly keyRefusal: KeyRefusal | null
}

async function readFacts(
  presented: Exclude<PresentedCertificate, { kind: 'none' }>,
): Promise<Result<Facts, CertificateRefusal>> {
  if (presented.kind === 'digest') {
    return ok({ ...presented, subject: '', certificate: null, publicKey: null, keyRefusal: null })
  }
  const decoded = presented.decode()
  if (!decoded.ok) return decoded
  const { leaf: certificate } = decoded.value
  const thumbprint = await thumbprintOf(certificate)
  const leaf = parseCertificate(certificate)
  if (!leaf.ok) return err({ code: 'certificate_unreadable', problem: leaf.reason, thumbprint })
  const { subject, notBefore, notAfter } = leaf.certificate
  const jwk = publicKeyToJwk(leaf.certificate.publicKey)
  return ok({
    thumbprint,
    subject,
    notBefore,
    notAfter,
    certificate,
    publicKey: jwk === null ? null : publicKeyText(jwk),
    keyRefusal: keyRefusal(leaf.certificate.publicKey),
  })
}

/** RFC 8705 section 2.2.2 speaks of x5c; the thumbprint and the bare key are what others take too. */
async function isRegistered(key: RegisteredKey, facts: Facts): Promise<boolean> {
  switch (key.match) {
    case 'certificate':
      // RFC 7517 section 4.9: a JWK whose x5t#S256 is of another certificate matches none.
      if ((key.jwk['x5t#S256'] ?? facts.thumbprint) !== facts.thumbprint) return false
      return facts.certificate === null
        ? (await thumbprintOf(key.certificate)) === facts.thumbprint
        : equalBytes(key.certificate, facts.certificate)
    case 'thumbprint':
      return (
        key.thumbprint === facts.thumbprint &&
        (key.publicKey ?? facts.publicKey) === (facts.publicKey ?? key.publicKey)
      )
    case 'public_key':
      return key.publicKey === facts.publicKey
  }
}

/** A registered key as the log names it: public, and short. */
function nameOf(key: RegisteredKey): string {
  const named = key.jwk['x5t#S256'] ?? key.jwk.kid
  return `${key.match} ${typeof named === 'string' ? named.slice(0, 64) : String(key.jwk.kty)}`
}
