import { toBase64 } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { type CertificateFields, certificateFields } from './certificate-fields.ts'

/** The certificates of one handshake, DER, the chain in the order sent, without the leaf. */
export type Handshake = { readonly leaf: Bytes; readonly chain: readonly Bytes[] }

/** `request.cf.tlsClientAuth`, under the field names of Cloudflare. */
export type TlsClientAuth = {
  readonly certPresented: '0' | '1'
  readonly certVerified: string
  readonly certRevoked: '0'
  readonly certIssuerDN: string
  readonly certSubjectDN: string
  readonly certIssuerDNRFC2253: string
  readonly certSubjectDNRFC2253: string
  readonly certIssuerDNLegacy: string
  readonly certSubjectDNLegacy: string
  readonly certSerial: string
  readonly certIssuerSerial: string
  readonly certSKI: string
  readonly certIssuerSKI: string
  readonly certFingerprintSHA1: string
  readonly certFingerprintSHA256: string
  readonly certNotBefore: string
  readonly certNotAfter: string
  readonly certRFC9440: string
  readonly certRFC9440TooLarge: boolean
  readonly certChainRFC9440: string
  readonly certChainRFC9440TooLarge: boolean
}

/** What Cloudflare puts there where no certificate was presented, or none was asked for. */
export const noCertificate: TlsClientAuth = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certIssuerDN: '',
  certSubjectDN: '',
  certIssuerDNRFC2253: '',
  certSubjectDNRFC2253: '',
  certIssuerDNLegacy: '',
  certSubjectDNLegacy: '',
  certSerial: '',
  certIssuerSerial: '',
  certSKI: '',
  certIssuerSKI: '',
  certFingerprintSHA1: '',
  certFingerprintSHA256: '',
  certNotBefore: '',
  certNotAfter: '',
  certRFC9440: '',
  certRFC9440TooLarge: false,
  certChainRFC9440: '',
  certChainRFC9440TooLarge: false,
}

/** "limited to 10 KiB", "limited to 16 KiB": of the encoded values, in characters. */
const maxLeaf = 10 * 1024
const maxChain = 16 * 1024

/**
 * Fills `request.cf.tlsClientAuth` for a certificate, whatever its verdict.
 * @param handshake what the client sent
 * @param certVerified the edge's verdict, as in {@link edgeVerdict}
 * @param known certificates the edge knows besides those presented, where the issuer may be
 */
export function tlsClientAuth(
  handshake: Handshake,
  certVerified: string,
  known: readonly Bytes[],
): TlsClientAuth {
  const fields = certificateFields(handshake.leaf)
  const issuer = directIssuer(fields, [...handshake.chain, ...known])
  const leaf = byteSequence(handshake.leaf)
  const chain = handshake.chain.map(byteSequence).join(', ')
  return {
    certPresented: '1',
    certVerified,
    certRevoked: '0', // true only of the CA that Cloudflare manages; there is none here
    certIssuerDN: fields.issuer.rfc2253,
    certSubjectDN: fields.subject.rfc2253,
    certIssuerDNRFC2253: fields.issuer.rfc2253,
    certSubjectDNRFC2253: fields.subject.rfc2253,
    certIssuerDNLegacy: fields.issuer.legacy,
    certSubjectDNLegacy: fields.subject.legacy,
    certSerial: fields.serial,
    certIssuerSerial: issuer?.serial ?? '',
    certSKI: fields.subjectKeyIdentifier,
    certIssuerSKI: issuer?.subjectKeyIdentifier || fields.authorityKeyIdentifier,
    certFingerprintSHA1: fields.sha1,
    certFingerprintSHA256: fields.sha256,
    certNotBefore: fields.notBefore,
    certNotAfter: fields.notAfter,
    certRFC9440: leaf.length > maxLeaf ? '' : leaf,
    certRFC9440TooLarge: leaf.length > maxLeaf,
    certChainRFC9440: chain.length > maxChain ? '' : chain,
    certChainRFC9440TooLarge: chain.length > maxChain,
  }
}

/** RFC 8941 section 3.3.5, as RFC 9440 section 2.1 writes a certificate. */
const byteSequence = (der: Bytes): string => `:${toBase64(der)}:`

/** The certificate among `candidates` that names itself as the issuer; itself if self-issued. */
function directIssuer(
  leaf: CertificateFields,
  candidates: readonly Bytes[],
): CertificateFields | undefined {
  const wanted = leaf.issuer.rfc2253
  if (wanted === leaf.subject.rfc2253) return leaf
  return candidates
    .map(certificateFields)
    .find(
      (each) =>
        each.subject.rfc2253 === wanted &&
        agree(leaf.authorityKeyIdentifier, each.subjectKeyIdentifier),
    )
}

/** Two key identifiers, of which either may be absent. */
const agree = (a: string, b: string): boolean => a === '' || b === '' || a === b
