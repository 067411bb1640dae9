import type { Bytes } from '../../encoding/bytes.ts'

/** What a file holds instead of certificates, and what to do about it. */
export type OtherFormat = { readonly what: string; readonly advice: string }

const privateKey: OtherFormat = {
  what: 'holds a private key',
  advice: 'it has no business here and should not leave its owner: give the certificate alone',
}

const pkcs7: OtherFormat = {
  what: 'is PKCS#7',
  advice: '`openssl pkcs7 -in FILE -print_certs` writes its certificates as PEM',
}

const request: OtherFormat = {
  what: 'holds a certificate request (CSR)',
  advice: 'its CA makes a certificate of it: ask the partner for that one',
}

const byLabel: ReadonlyMap<string, OtherFormat> = new Map(
  Object.entries({
    'CERTIFICATE REQUEST': request,
    'NEW CERTIFICATE REQUEST': request,
    PKCS7: pkcs7,
    CMS: pkcs7,
    'TRUSTED CERTIFICATE': {
      what: 'holds a certificate in the form of openssl alone',
      advice: '`openssl x509 -in FILE` writes it as PEM',
    },
    'PUBLIC KEY': {
      what: 'holds a public key',
      advice: 'want the certificate of it; a bare key registers as a JWK Set (--jwks)',
    },
    'X509 CRL': {
      what: 'holds a list of revoked certificates (CRL)',
      advice: 'want -----BEGIN CERTIFICATE----- blocks',
    },
  }),
)

/**
 * What a PEM block with another label than CERTIFICATE is.
 * @param line the one that begins the block
 */
export function otherPem(line: string): OtherFormat {
  const label = /-----BEGIN (.*)-----/.exec(line)?.[1] ?? ''
  if (label.endsWith('PRIVATE KEY')) return privateKey
  return (
    byLabel.get(label) ?? {
      what: `holds a block named "${label.slice(0, 64)}"`,
      advice: 'give a file with -----BEGIN CERTIFICATE----- blocks only',
    }
  )
}

/**
 * What octets are that begin as DER (or BER) does and are no certificate: told by what comes first
 * in the outermost SEQUENCE. Null where that tells nothing.
 */
export function otherDer(octets: Bytes): OtherFormat | null {
  const lengthOctet = octets[1] ?? 0
  const start = 2 + (lengthOctet > 0x80 ? lengthOctet - 0x80 : 0)
  const [tag, length, value] = octets.subarray(start, start + 3)
  if (tag === 0x06) return { ...pkcs7, advice: pkcs7.advice.replace('-in', '-inform DER -in') }
  if (tag !== 0x02 || length !== 1) return null
  // RFC 7292 section 4: version 3. RFC 5958, RFC 8017 A.1.2 and RFC 5915: versions 0 and 1.
  return value === 3
    ? {
        what: 'is PKCS#12, a certificate together with its private key',
        advice: '`openssl pkcs12 -in FILE -clcerts -nokeys` writes the certificate alone',
      }
    : privateKey
}
