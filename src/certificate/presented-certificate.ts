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
      /** In the terminator's own words: what is compared where it has been judged before. */
      readonly conveyed: Conveyed
      /** The terminator left the chain out because of its size. */
      readonly chainTooLarge: boolean
      /** Reads those words; done only where they have to be judged. */
      readonly decode: () => Result<CertificateChain, Unreadable>
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

/** Certificates as a terminator wrote them into a request, undecoded. */
export type Conveyed = { readonly leaf: string; readonly chain: string }

/** What was presented, in DER. */
export type CertificateChain = {
  readonly leaf: Bytes
  /** In the order sent, without the leaf; may hold anything. */
  readonly chain: readonly Bytes[]
}

/** The terminator's words are not what they should be. */
export type Unreadable = Extract<CertificateRefusal, { code: 'certificate_unreadable' }>

/** Reads the evidence of one request from where the deployment's terminator puts it. */
export type CertificateSource = (
  request: Request,
) => Result<PresentedCertificate, Unreadable | RevokedAtEdge>

/** The edge's own CA has revoked the certificate. */
export type RevokedAtEdge = Extract<CertificateRefusal, { code: 'certificate_revoked_at_edge' }>
