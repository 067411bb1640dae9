import { X509Certificate } from 'node:crypto'
import { toBase64 } from '../../encoding/base64.ts'
import type { Bytes } from '../../encoding/bytes.ts'
import { parseCertificate } from '../../x509/index.ts'
import { nameSpellings } from './distinguished-name.ts'

/** The certificates of one handshake, DER, the chain in the order sent, without the leaf. */
export type Handshake = { readonly leaf: Bytes; readonly chain: readonly Bytes[] }

/** `request.cf.tlsClientAuth` if no certificate was presented, or none was requested. */
export const noCertificate = {
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

/** `request.cf.tlsClientAuth`, under the field names of Cloudflare. */
export type TlsClientAuth = Readonly<typeof noCertificate>

/** Cloudflare's limits of 10 KiB and 16 KiB, in characters of the encoded values. */
const maxLeaf = 10 * 1024
const maxChain = 16 * 1024

/**
 * Fills `request.cf.tlsClientAuth` for a certificate, whatever the verdict.
 * @param certVerified the edge's verdict, as in {@link edgeVerdict}
 * @param known further certificates among which the issuer may be
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
    certRevoked: '0', // Only a certificate of the CA that Cloudflare manages can be revoked here.
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

type CertificateFields = ReturnType<typeof certificateFields>

/**
 * What the edge reports of a certificate, besides the certificate itself.
 * @param der a certificate that TLS has accepted. OpenSSL accepts BER, `parseCertificate` does not: names
 *   and key identifiers of such a certificate are empty
 */
export function certificateFields(der: Bytes) {
  const openssl = new X509Certificate(der)
  const parsed = parseCertificate(der)
  const certificate = parsed.ok ? parsed.certificate : null
  return {
    issuer: nameSpellings(certificate?.issuerDer ?? new Uint8Array()),
    subject: nameSpellings(certificate?.subjectDer ?? new Uint8Array()),
    // The octets of the INTEGER in upper-case hexadecimal, so with 00 before a set first bit.
    serial: certificate?.serialNumber ?? openssl.serialNumber,
    // Upper-case hexadecimal without colons; empty without the extension.
    subjectKeyIdentifier: certificate?.subjectKeyIdentifier?.toUpperCase() ?? '',
    authorityKeyIdentifier: certificate?.authorityKeyIdentifier?.toUpperCase() ?? '',
    sha1: withoutColons(openssl.fingerprint),
    sha256: withoutColons(openssl.fingerprint256),
    // As OpenSSL prints dates: `Dec 22 19:39:00 2018 GMT`.
    notBefore: openssl.validFrom,
    notAfter: openssl.validTo,
  }
}

const withoutColons = (hex: string): string => hex.replaceAll(':', '').toLowerCase()

/** RFC 8941 section 3.3.5, as RFC 9440 section 2.1 writes a certificate. */
const byteSequence = (der: Bytes): string => `:${toBase64(der)}:`

/** The issuer candidate that matches by name and key identifier; the leaf itself if self-issued. */
function directIssuer(
  leaf: CertificateFields,
  candidates: readonly Bytes[],
): CertificateFields | undefined {
  const issuerName = leaf.issuer.rfc2253
  if (issuerName === leaf.subject.rfc2253) return leaf
  return candidates
    .map(certificateFields)
    .find(
      (each) =>
        each.subject.rfc2253 === issuerName &&
        keyIdsMatch(leaf.authorityKeyIdentifier, each.subjectKeyIdentifier),
    )
}

/** An absent key identifier matches every other one. */
const keyIdsMatch = (a: string, b: string): boolean => a === '' || b === '' || a === b
