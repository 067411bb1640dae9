import { publicKeyText, type RegisteredKey } from '../clients/registered-key.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { ClientCertificateRefusal } from '../oauth/refusal.ts'
import {
  type KeyRefusal,
  keyRefusal,
  parseCertificate,
  publicKeyToJwk,
  thumbprint as thumbprintOf,
} from '../x509/index.ts'
import {
  type CertificateEvidence,
  type CertificateVerifier,
  certificateMethod,
} from './authentication-method.ts'

const verify: CertificateVerifier<'self_signed_tls_client_auth'> = async (
  client,
  presented,
  _,
  { now },
) => {
  const { keys } = client.authentication
  const read = await readFacts(presented)
  if (!read.ok) return read
  const facts = read.value
  const { thumbprint, subject, notBefore, notAfter } = facts
  const clientId = client.client_id
  const matches = await Promise.all(keys.map((key) => isRegistered(key, facts)))
  if (!matches.includes(true)) {
    const registered = keys.map(describeKey)
    return err({ code: 'key_not_registered', clientId, registered, subject, thumbprint })
  }
  if (facts.keyRefusal !== null) {
    return err({ code: 'certificate_key', clientId, subject, thumbprint, key: facts.keyRefusal })
  }
  const evidence = { clientId, subject, thumbprint, notBefore, notAfter, now }
  if (now < notBefore) return err({ code: 'certificate_not_yet_valid', ...evidence })
  if (now > notAfter) return err({ code: 'certificate_expired', ...evidence })
  const method = 'self_signed_tls_client_auth'
  return ok({ method, validUntil: notAfter, certificate: { thumbprint } })
}

/**
 * The self-signed method: the certificate is a registered one. Its dates are enforced. Its chain and
 * its signature are not verified, because the registration is the trust.
 * @see RFC 8705 section 2.2
 */
export const selfSignedTlsClientAuth = certificateMethod(verify)

/** What is compared. A certificate that the edge left out because of its size has only some of it. */
type Facts = {
  readonly thumbprint: string
  readonly subject: string
  readonly notBefore: number
  readonly notAfter: number
  readonly certificate: Uint8Array | null
  readonly publicKey: string | null
  /** Null also if the edge left the certificate out: then its key is not known. */
  readonly keyRefusal: KeyRefusal | null
}

async function readFacts(
  presented: CertificateEvidence,
): Promise<Result<Facts, ClientCertificateRefusal>> {
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

/** RFC 8705 section 2.2.2 names x5c; other servers accept a thumbprint or a bare key as well. */
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

/** A registered key for the log: public, and short. */
function describeKey(key: RegisteredKey): string {
  const named = key.jwk['x5t#S256'] ?? key.jwk.kid
  return `${key.match} ${typeof named === 'string' ? named.slice(0, 64) : String(key.jwk.kty)}`
}
