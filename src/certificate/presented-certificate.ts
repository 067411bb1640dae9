import type { Bytes } from '../encoding/bytes.ts'
import type { Result } from '../encoding/result.ts'
import type { ClientCertificateRefusal } from '../oauth/refusal.ts'

/**
 * The client certificate of a request as the TLS terminator reports it, whatever the terminator's own
 * verdict was. The handshake proves possession of the key; which certificates to trust is decided later.
 */
export type PresentedCertificate =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'whole'
      /** The values as the terminator wrote them: the key of every cache of verified certificates. */
      readonly raw: RawCertificates
      /** The terminator left the chain out because of its size. */
      readonly chainTooLarge: boolean
      /** Decodes the raw values. A cache hit makes this unnecessary. */
      readonly decode: () => Result<CertificateChain, UnreadableCertificate>
    }
  | {
      /** The terminator left the certificate out because of its size, and reports only these facts. */
      readonly kind: 'digest'
      /** SHA-256 of the certificate in base64url: x5t#S256. */
      readonly thumbprint: string
      /** Seconds since the epoch. */
      readonly notBefore: number
      readonly notAfter: number
    }

/** The raw header values (or fields of `request.cf`) of a leaf and its chain, not decoded. */
export type RawCertificates = { readonly leaf: string; readonly chain: string }

/** The presented certificates in DER. */
export type CertificateChain = {
  readonly leaf: Bytes
  /** In the order sent, without the leaf. Nothing about them has been verified. */
  readonly chain: readonly Bytes[]
}

/** The terminator's values do not have the expected form. */
export type UnreadableCertificate = Extract<
  ClientCertificateRefusal,
  { code: 'certificate_unreadable' }
>

/** The edge's own CA has revoked the certificate. */
export type RevokedAtEdge = Extract<
  ClientCertificateRefusal,
  { code: 'certificate_revoked_at_edge' }
>

/** Reads the client certificate of one request from where the deployment's terminator puts it. */
export type CertificateSource = (
  request: Request,
) => Result<PresentedCertificate, UnreadableCertificate | RevokedAtEdge>
