import { sha256Hex } from '../../encoding/sha256.ts'
import type { CertificateKind } from '../../trust-anchors/ca-certificate.ts'
import { type Certificate, formatDistinguishedName, thumbprint } from '../../x509/index.ts'
import { columns, formatSpan, formatTime } from '../terminal.ts'

/** A certificate in the names that `--json` uses. Times in seconds since the epoch. */
export type DescribedCertificate = Awaited<ReturnType<typeof describeCertificate>>

/** Describes a certificate. */
export async function describeCertificate(certificate: Certificate) {
  return {
    subject: certificate.subject,
    subject_oids: formatDistinguishedName(certificate.subjectDer, { types: 'oid' }),
    issuer: certificate.issuer,
    serial_number: certificate.serialNumber,
    san: {
      dns: certificate.dnsNames,
      uri: certificate.uris,
      ip: certificate.ipAddresses,
      email: certificate.emails,
    },
    'x5t#S256': await thumbprint(certificate.der),
    sha256: await sha256Hex(certificate.der),
    key: describeKey(certificate),
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    self_issued: certificate.subject === certificate.issuer,
  }
}

/** The type and size of a certificate's key. */
export function describeKey({ publicKey }: Certificate): string {
  switch (publicKey.kty) {
    case 'RSA':
      return `RSA, ${publicKey.bits} bits`
    case 'EC':
      return `EC, ${publicKey.crv}`
    case 'OKP':
      return publicKey.crv
    case 'unsupported':
      return `not supported (${publicKey.algorithm})`
  }
}

/** Whether a certificate is valid now, and for how long, in words. */
export function describeLife(
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  now: number,
): string {
  if (now < notBefore) return `valid in ${formatSpan(notBefore - now)}`
  if (now > notAfter) return `expired ${formatSpan(now - notAfter)} ago`
  return `${formatSpan(notAfter - now)} left`
}

const kinds: Readonly<Record<CertificateKind, string>> = {
  issued: 'issued by a CA: `client add NAME --certificate FILE --ca SET`',
  'self-signed': 'self-signed: `client add NAME --certificate FILE`',
  'self-signed-ca': 'self-signed and marked as a CA: `ca add SET FILE`, or `client add`',
  ca: 'a CA under another CA: `ca add SET FILE`',
}

/** The lines of `cert inspect` for one certificate. */
export function certificateLines(
  described: DescribedCertificate,
  kind: CertificateKind,
  now: number,
): string[] {
  const { san } = described
  const life = describeLife({ notBefore: described.not_before, notAfter: described.not_after }, now)
  return columns([
    ['subject', described.subject === '' ? '(empty)' : described.subject],
    ['  with OIDs', described.subject_oids],
    ['issuer', described.self_issued ? '(itself)' : described.issuer],
    ['serial', described.serial_number],
    ...san.dns.map((name) => ['SAN dns', name]),
    ...san.uri.map((name) => ['SAN uri', name]),
    ...san.ip.map((name) => ['SAN ip', name]),
    ...san.email.map((name) => ['SAN email', name]),
    ['x5t#S256', described['x5t#S256']],
    ['SHA-256', described.sha256],
    ['key', described.key],
    ['valid from', formatTime(described.not_before)],
    ['valid until', `${formatTime(described.not_after)} (${life})`],
    ['kind', kinds[kind]],
  ])
}
