import { type Bytes, fromUtf8 } from '../../encoding/bytes.ts'
import { type PemRefusal, pemToDer } from '../../encoding/pem.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { type Certificate, parseCertificate, parseCertificateList } from '../../x509/index.ts'

/** Why a file cannot be used, and what to do about it. FILE stands for its name. */
export type FileProblem = { readonly problem: string; readonly advice: string }

/** Reads the certificates of a file: PEM (one or more, in order) or DER (one). */
export function certificatesIn(octets: Bytes): Result<readonly Certificate[], FileProblem> {
  const ders = certificateDers(octets)
  if (!ders.ok) return ders
  const certificates: Certificate[] = []
  for (const [index, der] of ders.value.entries()) {
    const parsed = parseCertificate(der)
    if (!parsed.ok) {
      const which = ders.value.length === 1 ? '' : `certificate ${index + 1}: `
      return err({
        problem: `${which}not a certificate that can be used: ${parsed.reason}`,
        advice:
          parsed.reason === 'too_many_elements'
            ? `it has more than ${parsed.limit} encoded elements: ask for one with fewer names or extensions`
            : '`openssl x509 -in FILE -text` shows its content; ask the partner for the file again',
      })
    }
    certificates.push(parsed.certificate)
  }
  return ok(certificates)
}

/** Reads the CRLs of a file: PEM (one or more) or DER (one). @returns DER that can be parsed */
export function crlsIn(octets: Bytes): Result<readonly Bytes[], FileProblem> {
  const text = isDer(octets) ? null : fromUtf8(octets)
  const pem = text === null ? null : pemToDer(text, 'X509 CRL')
  const ders = isDer(octets) ? [octets] : pem?.ok ? pem.value : []
  if (ders.length === 0) {
    return err({
      problem: 'contains no certificate revocation list',
      advice: 'want DER, or -----BEGIN X509 CRL----- ... -----END X509 CRL-----',
    })
  }
  for (const der of ders) {
    const parsed = parseCertificateList(der)
    if (parsed.ok) continue
    return err({
      problem: `not a certificate revocation list that can be used: ${parsed.reason}`,
      advice: '`openssl crl -in FILE -text` shows its content; ask its CA for another one',
    })
  }
  return ok(ders)
}

/** DER begins with the tag of a SEQUENCE, which no PEM text does. */
const isDer = (octets: Bytes): boolean => octets[0] === 0x30

function certificateDers(octets: Bytes): Result<readonly Bytes[], FileProblem> {
  if (isDer(octets)) {
    const other = otherDer(octets)
    return other === null ? ok([octets]) : err(other)
  }
  const text = fromUtf8(octets)
  const ders = text === null ? err({ why: 'no_certificate', at: 1 } as const) : pemToDer(text)
  return ders.ok ? ders : err(pemProblem(ders.error, text ?? ''))
}

function pemProblem({ why, at }: PemRefusal, text: string): FileProblem {
  const advice = 'want -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----'
  switch (why) {
    case 'not_a_certificate': {
      const other = otherPem(text.split(/\r\n|\n|\r/)[at - 1] ?? '')
      return { ...other, problem: `${other.problem} (line ${at})` }
    }
    case 'no_certificate':
      return { problem: 'contains no certificate, neither PEM nor DER', advice }
    case 'no_end':
      return { problem: `the certificate that begins in line ${at} has no end`, advice }
    case 'base64':
      return { problem: `the certificate that begins in line ${at} is not base64`, advice }
    case 'too_long':
      return { problem: 'is longer than 1 MiB', advice }
  }
}

const privateKey: FileProblem = {
  problem: 'contains a private key',
  advice: 'give only the certificate: a private key should never leave its owner',
}

const pkcs7: FileProblem = {
  problem: 'is PKCS#7',
  advice: '`openssl pkcs7 -in FILE -print_certs` writes its certificates as PEM',
}

const request: FileProblem = {
  problem: 'contains a certificate request (CSR)',
  advice: 'ask the partner for the certificate that its CA made from the request',
}

const byLabel: ReadonlyMap<string, FileProblem> = new Map([
  ['CERTIFICATE REQUEST', request],
  ['NEW CERTIFICATE REQUEST', request],
  ['PKCS7', pkcs7],
  ['CMS', pkcs7],
  [
    'TRUSTED CERTIFICATE',
    {
      problem: 'contains a certificate in a form that only openssl reads',
      advice: '`openssl x509 -in FILE` writes it as PEM',
    },
  ],
  [
    'PUBLIC KEY',
    {
      problem: 'contains a public key',
      advice:
        'give the certificate of the key; a key without one is registered as a JWK Set (--jwks)',
    },
  ],
  [
    'X509 CRL',
    {
      problem: 'contains a certificate revocation list (CRL)',
      advice: 'want -----BEGIN CERTIFICATE----- blocks',
    },
  ],
])

/** What a PEM block with another label than CERTIFICATE is. */
function otherPem(firstLine: string): FileProblem {
  const label = /-----BEGIN (.*)-----/.exec(firstLine)?.[1] ?? ''
  if (label.endsWith('PRIVATE KEY')) return privateKey
  return (
    byLabel.get(label) ?? {
      problem: `contains a block named "${label.slice(0, 64)}"`,
      advice: 'give a file with -----BEGIN CERTIFICATE----- blocks only',
    }
  )
}

/**
 * What DER (or BER) octets are if they are not a certificate, by the first element of the outermost
 * SEQUENCE; null if that does not tell.
 */
function otherDer(octets: Bytes): FileProblem | null {
  const lengthOctet = octets[1] ?? 0
  const start = 2 + (lengthOctet > 0x80 ? lengthOctet - 0x80 : 0)
  const [tag, length, value] = octets.subarray(start, start + 3)
  if (tag === 0x06) return { ...pkcs7, advice: pkcs7.advice.replace('-in', '-inform DER -in') }
  if (tag !== 0x02 || length !== 1) return null
  // RFC 7292 section 4: version 3. RFC 5958, RFC 8017 A.1.2 and RFC 5915: versions 0 and 1.
  return value === 3
    ? {
        problem: 'is PKCS#12, a certificate together with its private key',
        advice: '`openssl pkcs12 -in FILE -clcerts -nokeys` writes only the certificate',
      }
    : privateKey
}
