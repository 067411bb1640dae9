import { X509Certificate } from 'node:crypto'
import type { Bytes } from '../../encoding/bytes.ts'
import { parseCertificate } from '../../x509/index.ts'
import { type NameSpellings, nameSpellings } from './distinguished-name.ts'

/** What the edge reports of a certificate, besides the certificate itself. */
export type CertificateFields = {
  readonly issuer: NameSpellings
  readonly subject: NameSpellings
  /** The octets of the INTEGER in upper-case hexadecimal, so with 00 before a set first bit. */
  readonly serial: string
  /** Upper-case hexadecimal without colons; empty without the extension. */
  readonly subjectKeyIdentifier: string
  readonly authorityKeyIdentifier: string
  /** Lower-case hexadecimal without colons. */
  readonly sha1: string
  readonly sha256: string
  /** As OpenSSL prints dates: `Dec 22 19:39:00 2018 GMT`. */
  readonly notBefore: string
  readonly notAfter: string
}

/**
 * Reads a certificate that TLS has accepted. OpenSSL accepts BER, `parseCertificate` does not: names
 * and key identifiers of such a certificate are empty.
 */
export function certificateFields(der: Bytes): CertificateFields {
  const openssl = new X509Certificate(der)
  const parsed = parseCertificate(der)
  const certificate = parsed.ok ? parsed.certificate : null
  return {
    issuer: nameSpellings(certificate?.issuerDer ?? new Uint8Array()),
    subject: nameSpellings(certificate?.subjectDer ?? new Uint8Array()),
    serial: certificate?.serialNumber ?? openssl.serialNumber,
    subjectKeyIdentifier: certificate?.subjectKeyIdentifier?.toUpperCase() ?? '',
    authorityKeyIdentifier: certificate?.authorityKeyIdentifier?.toUpperCase() ?? '',
    sha1: withoutColons(openssl.fingerprint),
    sha256: withoutColons(openssl.fingerprint256),
    notBefore: openssl.validFrom,
    notAfter: openssl.validTo,
  }
}

const withoutColons = (hex: string): string => hex.replaceAll(':', '').toLowerCase()
