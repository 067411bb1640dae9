import { registrableValues } from '../../clients/partner-certificate.ts'
import { jwkOfCertificate } from '../../clients/registered-key.ts'
import { subjectAttributes } from '../../clients/registered-subject.ts'
import { kindOf } from '../../trust-anchors/ca-certificate.ts'
import { type Certificate, publicKeyToJwk } from '../../x509/index.ts'
import { command } from '../command.ts'
import { done } from '../outcome.ts'
import { briefJson } from '../terminal.ts'
import { certificateLines, describeCertificate } from './describe-certificate.ts'
import { readCertificates } from './read-certificates.ts'

export const certInspect = command({
  name: 'cert inspect',
  summary: 'show a certificate, and how it could be registered',
  operands: 'FILE',
  about: ['FILE is PEM (one or more certificates) or DER. Subjects are RFC 4514 text.'],
  options: {},
  examples: ['certbound cert inspect partner.pem', 'certbound cert inspect partner.der --json'],
  async run({ operands: [file = ''] }, context) {
    const read = await readCertificates(context.cwd, file)
    if (!read.ok) return read.error
    const certificates: unknown[] = []
    const lines: string[] = []
    for (const { certificate } of read.value) {
      const described = await describeCertificate(certificate)
      const kind = await kindOf(certificate)
      const registration = kind === 'issued' ? issuedMetadata(certificate) : []
      if (kind === 'self-signed' || kind === 'self-signed-ca') {
        registration.push(...selfSignedMetadata(certificate, described['x5t#S256']))
      }
      certificates.push({ ...described, kind, registration })
      if (lines.length > 0) lines.push('')
      lines.push(...certificateLines(described, kind, context.now))
      if (registration.length > 0) lines.push('register as one of')
      lines.push(...registration.map((metadata) => `  ${briefJson(metadata)}`))
    }
    return done(lines, { certificates })
  },
})

/** Client metadata in the names of RFC 8705. */
type Metadata = Readonly<Record<string, unknown>>

/** The metadata of a certificate that a CA issued, one object for each subject it can be known by. */
const issuedMetadata = (certificate: Certificate): Metadata[] =>
  subjectAttributes.flatMap((attribute) =>
    registrableValues(certificate, attribute).map((value) => ({
      token_endpoint_auth_method: 'tls_client_auth',
      [attribute]: value,
    })),
  )

function selfSignedMetadata(certificate: Certificate, thumbprint: string): Metadata[] {
  const key = publicKeyToJwk(certificate.publicKey)
  if (key === null) return []
  const jwk = jwkOfCertificate(certificate.der, key, thumbprint)
  return [{ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } }]
}
