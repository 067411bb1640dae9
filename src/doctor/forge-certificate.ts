import type { Bytes } from '../encoding/bytes.ts'
import { concat, sequence } from '../encoding/der-writer.ts'
import { derToPem } from '../encoding/pem.ts'
import type { Certificate } from '../x509/index.ts'
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  setOf,
  text,
  unsignedInteger,
} from './der-writer.ts'
import type { ClientIdentity } from './http/exchange.ts'

/** The contents of an invented certificate. */
export type CertificateClaims = {
  /** Names in DER. */
  readonly subject: Bytes
  readonly issuer: Bytes
  /** The value of the subjectAltName in DER, or null for none. */
  readonly subjectAltName: Bytes | null
  /** Seconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** `CN=certbound doctor`, for certificates that need not have the partner's name. */
export const doctorName: Bytes = sequence(
  setOf(sequence(objectIdentifier('2.5.4.3'), text(0x0c, 'certbound doctor'))),
)

const subjectAltNameOid = '2.5.29.17'

/** The names of a certificate, for a forged one with the same names. */
export const namesOf = (
  certificate: Certificate,
): Pick<CertificateClaims, 'subject' | 'issuer' | 'subjectAltName'> => ({
  subject: certificate.subjectDer,
  issuer: certificate.issuerDer,
  subjectAltName:
    certificate.extensions.find(({ oid }) => oid === subjectAltNameOid)?.value ?? null,
})

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

/**
 * Makes a certificate for client authentication with a new P-256 key. It is signed with that key,
 * whatever issuer it names.
 */
export async function forgeCertificate(claims: CertificateClaims): Promise<ClientIdentity> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  const tbs = tbsCertificate(claims, spki)
  const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, tbs)
  const [r, s] = [new Uint8Array(signed, 0, 32), new Uint8Array(signed, 32)]
  // RFC 3279 section 2.2.3: the signature as a SEQUENCE of two INTEGERs.
  const signature = bitString(sequence(unsignedInteger(r), unsignedInteger(s)))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  return {
    cert: derToPem(sequence(tbs, ecdsaWithSha256, signature)),
    key: derToPem(pkcs8).replaceAll(' CERTIFICATE-', ' PRIVATE KEY-'),
  }
}

/** A self-signed certificate in the doctor's own name. */
export const doctorIdentity = (now: number): Promise<ClientIdentity> =>
  forgeCertificate({
    subject: doctorName,
    issuer: doctorName,
    subjectAltName: null,
    notBefore: now - 3600,
    notAfter: now + 86_400,
  })

/** RFC 5280 section 4.1.2. */
function tbsCertificate(claims: CertificateClaims, spki: Uint8Array): Bytes {
  const { subject, issuer, subjectAltName, notBefore, notAfter } = claims
  const random = crypto.getRandomValues(new Uint8Array(8))
  const extensions = [
    extension('2.5.29.19', true, sequence()), // basicConstraints: not a CA
    extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.2'))), // clientAuth
    ...(subjectAltName === null ? [] : [extension(subjectAltNameOid, false, subjectAltName)]),
  ]
  return sequence(
    explicit(0, integer(2)),
    unsignedInteger(concat(Uint8Array.of(1), random)),
    ecdsaWithSha256,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    spki,
    explicit(3, sequence(...extensions)),
  )
}

const extension = (oid: string, critical: boolean, value: Uint8Array): Bytes =>
  sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value))

/** RFC 5280 section 4.1.2.5.1: UTCTime, for dates before 2050. */
const time = (seconds: number): Bytes =>
  text(
    0x17,
    `${new Date(seconds * 1000)
      .toISOString()
      .replace(/[-:T]|\.\d+Z/g, '')
      .slice(2)}Z`,
  )
