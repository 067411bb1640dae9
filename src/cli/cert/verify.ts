import { err, ok } from '../../encoding/result.ts'
import { readBy } from '../../encoding/schema.ts'
import { sha256Hex } from '../../encoding/sha256.ts'
import { revocationPolicy } from '../../trust-anchors/settings.ts'
import { revocationPolicies } from '../../trust-anchors/trust-anchor-set.ts'
import { type Certificate, verifyCertificatePath } from '../../x509/index.ts'
import { command } from '../command.ts'
import { checked, done, usage } from '../outcome.ts'
import { formatTime } from '../terminal.ts'
import { readAllCertificates, readCrls } from './read-certificates.ts'
import { refusalHints } from './refusal-hint.ts'

/** ISO 8601 with a time zone, or only a date, as seconds since the epoch. */
const time = readBy((text) => {
  const syntax = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/
  const milliseconds = syntax.test(String(text)) ? Date.parse(String(text)) : Number.NaN
  return Number.isNaN(milliseconds)
    ? err('want ISO 8601, such as 2027-01-01T00:00:00Z')
    : ok(Math.floor(milliseconds / 1000))
})

export const certVerify = command({
  name: 'cert verify',
  summary: 'verify a certificate against trust anchors, as the Worker does',
  operands: 'FILE',
  about: [
    'Prints the path, leaf first, with exit status 0; or the reason of the refusal, with exit status 1.',
    'More certificates in FILE count as intermediates.',
  ],
  options: {
    anchor: { multiple: true, value: 'FILE', help: 'a trusted CA' },
    intermediate: { multiple: true, value: 'FILE', help: 'intermediate CAs, in any order' },
    crl: { multiple: true, value: 'FILE', help: 'CRLs, complete or delta, in any order' },
    revocation: {
      value: revocationPolicies.join('|'),
      help: 'off (default), if-available (default with --crl) or require',
      schema: revocationPolicy,
    },
    time: { value: 'ISO8601', help: 'verify at this time (default now)', schema: time },
  },
  examples: [
    'certbound cert verify --anchor root.pem --intermediate issuing.pem partner.pem',
    'certbound cert verify --anchor root.pem --crl ca.crl --revocation require partner.pem',
    'certbound cert verify --anchor root.pem --time 2027-01-01T00:00:00Z partner.pem',
  ],
  async run({ operands: [file = ''], options }, context) {
    if (options.anchor.length === 0) return usage('cert verify needs at least one --anchor FILE')
    const crls: Uint8Array[] = []
    for (const name of options.crl) {
      const read = await readCrls(context.cwd, name)
      if (!read.ok) return read.error
      crls.push(...read.value)
    }
    const anchors = await readAllCertificates(context.cwd, options.anchor)
    if (!anchors.ok) return anchors.error
    const presented = await readAllCertificates(context.cwd, [file, ...options.intermediate])
    if (!presented.ok) return presented.error
    const [leaf, ...intermediates] = presented.value.map(({ certificate }) => certificate.der)
    if (leaf === undefined) return usage(`${file}: no certificate`)
    const verdict = await verifyCertificatePath({
      leaf,
      intermediates,
      trustAnchors: anchors.value.map(({ certificate }) => certificate.der),
      time: options.time ?? context.now,
      revocation: options.revocation ?? (crls.length > 0 ? 'if-available' : 'off'),
      crls,
      maxCrlOctets: Number.MAX_SAFE_INTEGER, // The operator chose the files.
    })
    if (!verdict.ok) {
      const lines = [`refused: ${verdict.reason}`, `  ${JSON.stringify(verdict)}`]
      return checked(false, lines, verdict, refusalHints(verdict, missingCa))
    }
    const { certificates, notAfter } = verdict.path
    const lines = ['accepted', ...certificates.map(pathLine), `valid until ${formatTime(notAfter)}`]
    const path = await Promise.all(certificates.map(pathEntry))
    return done(lines, { ok: true, path, not_after: notAfter })
  },
})

const missingCa = ['--anchor FILE adds a trusted CA, --intermediate FILE an intermediate']

const pathLine = ({ subject, notAfter }: Certificate, i: number, path: readonly Certificate[]) => {
  const role = i === 0 ? 'leaf' : i === path.length - 1 ? 'anchor' : 'intermediate'
  return `  ${role.padEnd(12)}  ${subject || '(empty)'}  until ${formatTime(notAfter)}`
}

const pathEntry = async (certificate: Certificate) => ({
  subject: certificate.subject,
  sha256: await sha256Hex(certificate.der),
  not_before: certificate.notBefore,
  not_after: certificate.notAfter,
})
