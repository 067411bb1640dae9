import type { PublicKey } from '../keys/public-key.ts'
import { type Signed, verifySignature } from '../keys/verify-signature.ts'
import { signatureCost } from './budget.ts'
import type { Candidate } from './candidate.ts'
import { remembered, type Search, spend } from './search.ts'

/**
 * Whether a certificate was signed with another one's key (RFC 5280 section 6.1.3 (a) (1)), over the
 * octets of tbsCertificate as they came. That the key is one to be used has been asked before.
 * @returns false too where the budget is spent
 */
export async function isSignedBy(
  search: Search,
  below: Candidate,
  issuer: Candidate,
): Promise<boolean> {
  if (!mayGoTogether(below.certificate, issuer.certificate.publicKey)) return false
  const { known, remember } = remembered(search.signatures, below, issuer.key)
  if (known !== undefined) return known
  const { publicKey } = issuer.certificate
  const cost = signatureCost(publicKey, below.certificate.tbs.length)
  if (!spend(search, 'signatures', cost)) return false
  const valid = await verifySignature(below.certificate, publicKey)
  remember(valid)
  return valid
}

/** What can be seen without looking at the signature costs nothing. */
function mayGoTogether({ signatureAlgorithm, signature }: Signed, key: PublicKey): boolean {
  switch (signatureAlgorithm.name) {
    case 'RSASSA-PKCS1-v1_5':
    case 'RSA-PSS': // RFC 8017 sections 8.1.2 and 8.2.2: as long as the modulus
      return key.kty === 'RSA' && signature.length === key.modulus.length
    case 'ECDSA':
      return key.kty === 'EC'
    case 'Ed25519':
      return key.kty === 'OKP'
    case 'weak':
    case 'unsupported':
      return false
  }
}
