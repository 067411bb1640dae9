import { jwkOfCertificate } from '../../clients/registered-key.ts'
import { parseRegisteredSubject, type SubjectAttribute } from '../../clients/registered-subject.ts'
import { type CertificateKind, kindOf } from '../../x509/certificate-kind.ts'
import { type Certificate, publicKeyToJwk } from '../../x509/index.ts'
import { command, jsonOption } from '../command.ts'
import { done } from '../outcome.ts'
import { briefJson } from '../terminal.ts'
import {
  certificateLines,
  type DescribedCertificate,
  describeCertificate,
} from './describe-certificate.ts'
import { type ReadCertificate, readCertificates } from './read-certificates.ts'

/** `cert inspect`. */
export const certInspect = command({
  name: 'cert inspect',
  summary: 'what a certificate says, and how it would be registered',
  operands: 'FILE',
  about: ['PEM (one or many) or DER. The subject is RFC 4514 text, as registration takes it.'],
  arity: [1, 1],
  options: jsonOption,
  examples: ['certbound cert inspect partner.pem', 'certbound cert inspect partner.der --json'],
  async run({ operands: [file = ''] }, context) {
    const read = await readCertificates(context.cwd, file)
    if (!read.ok) return read.error
    const inspected = await Promise.all(read.value.map(inspect))
    const lines = inspected.flatMap(({ described, registration, kind }, i) => [
      ...(i === 0 ? [] : ['']),
      ...certificateLines(described, kind, context.now),
      ...(registration.length === 0 ? [] : ['registered as one of']),
      ...registration.map((way) => `  ${briefJson(way)}`),
    ])
    const json = inspected.map(({ described, registration, kind }) => ({
      ...described,
      kind,
      registration,
    }))
    return done(lines, { certificates: json })
  },
})

type Inspected = {
  readonly described: DescribedCertificate
  readonly kind: CertificateKind
  /** Client metadata in the names of RFC 8705, one object for each way to register it. */
  readonly registration: readonly Readonly<Record<string, unknown>>[]
}

async function inspect({ certificate }: ReadCertificate): Promise<Inspected> {
  const described = await describeCertificate(certificate)
  const kind = await kindOf(certificate)
  return { described, kind, registration: waysOf(certificate, described, kind) }
}

function waysOf(
  certificate: Certificate,
  described: DescribedCertificate,
  kind: CertificateKind,
): Record<string, unknown>[] {
  switch (kind) {
    case 'ca':
      return []
    case 'issued':
      return issuedWays(certificate)
    case 'self-signed':
    case 'self-signed-ca':
      return selfSignedWays(certificate, described)
  }
}

function issuedWays(certificate: Certificate): Record<string, unknown>[] {
  const subjects: (readonly [attribute: SubjectAttribute, values: readonly string[]])[] = [
    ['tls_client_auth_subject_dn', [certificate.subject]],
    ['tls_client_auth_san_dns', certificate.dnsNames],
    ['tls_client_auth_san_uri', certificate.uris],
    ['tls_client_auth_san_ip', certificate.ipAddresses],
    ['tls_client_auth_san_email', certificate.emails],
  ]
  return subjects.flatMap(([attribute, values]) =>
    values
      .map((value) => ({ [attribute]: value }))
      // What registration would refuse, a wildcard or an empty name, is no way.
      .filter((subject) => parseRegisteredSubject(subject).ok)
      .map((subject) => ({ token_endpoint_auth_method: 'tls_client_auth', ...subject })),
  )
}

function selfSignedWays(
  certificate: Certificate,
  described: DescribedCertificate,
): Record<string, unknown>[] {
  const key = publicKeyToJwk(certificate.publicKey)
  if (key === null) return []
  const jwk = jwkOfCertificate(certificate.der, key, described['x5t#S256'])
  return [{ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } }]
}
