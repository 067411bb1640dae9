import type { Bytes } from '../encoding/bytes.ts'
import type { Result } from '../encoding/result.ts'
import type { CertificateRefusal } from '../oauth/refusal.ts'

/**
 * What the TLS terminator says was presented, whatever it thought of it. The terminator proves
 * possession of the key; whom to trust is decided by us.
 */
export type PresentedCertificate =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'whole'
      /** DER. */
      readonly leaf: Bytes
      /** DER, in the order sent, without the leaf; may hold anything. */
      readonly chain: readonly Bytes[]
      /** The terminator left the chain out because of its size. */
      readonly chainTooLarge: boolean
    }
  | {
      /** The terminator left the certificate out because of its size, and told these of it. */
      readonly kind: 'digest'
      /** SHA-256 of the certificate, in base64url: x5t#S256. */
      readonly thumbprint: string
      /** Seconds since the epoch. */
      readonly notBefore: number
      readonly notAfter: number
    }

/** Reads the evidence of one request from where the deployment's terminator puts it. */
export type CertificateSource = (
  request: Request,
) => Result<PresentedCertificate, Extract<CertificateRefusal, { code: EvidenceRefusalCode }>>

type EvidenceRefusalCode = 'certificate_unreadable' | 'certificate_revoked_at_edge'
