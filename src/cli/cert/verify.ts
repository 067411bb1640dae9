import { type Certificate, verifyCertificatePath } from '../../x509/index.ts'
import { command, jsonOption } from '../command.ts'
import { done, failedCheck, usage } from '../outcome.ts'
import { formatTime } from '../terminal.ts'
import { sha256 } from './describe-certificate.ts'
import { readAllCertificates } from './read-certificates.ts'
import { readCrls } from './read-crls.ts'
import { refusalHints } from './refusal-hint.ts'

const revocations = ['off', 'if-available', 'require'] as const
type Revocation = (typeof revocations)[number]

/** `cert verify`. */
export const certVerify = command({
  name: 'cert verify',
  summary: 'whether anchors vouch for a certificate, by the path validation of the Worker',
  operands: 'FILE',
  about: [
    'Prints the path, leaf first, and ends with 0; or prints the refusal and ends with 1.',
    'Certificates after the first of FILE count as intermediates.',
  ],
  arity: [1, 1],
  options: {
    anchor: { type: 'string', multiple: true, value: 'FILE', help: 'a CA that is trusted' },
    intermediate: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'certificates in between, in any order',
    },
    crl: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'CRLs, complete or delta, in any order',
    },
    revocation: {
      type: 'string',
      value: revocations.join('|'),
      help: 'off, if-available (the default with --crl) or require',
    },
    time: { type: 'string', value: 'ISO8601', help: 'as of then (default now)' },
    ...jsonOption,
  },
  examples: [
    'certbound cert verify --anchor root.pem --intermediate issuing.pem partner.pem',
    'certbound cert verify --anchor root.pem --crl ca.crl --revocation require partner.pem',
    'certbound cert verify --anchor root.pem --time 2027-01-01T00:00:00Z partner.pem',
  ],
  async run({ operands: [file = ''], options }, context) {
    if (options.anchor.length === 0) return usage('cert verify needs at least one --anchor FILE')
    const time = options.time === undefined ? context.now : parseTime(options.time)
    if (time === null) return usage('--time wants ISO 8601, such as 2027-01-01T00:00:00Z')
    const revocation = readRevocation(options.revocation, options.crl.length > 0)
    if (revocation === null) return usage(`--revocation wants one of ${revocations.join(', ')}`)
    const crls = await readCrls(context.cwd, options.crl)
    if (!crls.ok) return crls.error
    const anchors = await readAllCertificates(context.cwd, options.anchor)
    if (!anchors.ok) return anchors.error
    const presented = await readAllCertificates(context.cwd, [file, ...options.intermediate])
    if (!presented.ok) return presented.error
    const ders = presented.value.map(({ certificate }) => certificate.der)
    const [leaf, ...intermediates] = ders
    if (leaf === undefined) return usage(`${file}: no certificate`)
    const verdict = await verifyCertificatePath({
      leaf,
      intermediates,
      trustAnchors: anchors.value.map(({ certificate }) => certificate.der),
      ...{ time, revocation, crls: crls.value },
      maxCrlOctets: Number.MAX_SAFE_INTEGER, // an operator's own files, and time to read them
    })
    if (!verdict.ok) {
      const evidence = JSON.stringify(verdict)
      return failedCheck(
        [`refused: ${verdict.reason}`, `  ${evidence}`],
        verdict,
        refusalHints(verdict, missingCa),
      )
    }
    const { certificates, notAfter } = verdict.path
    return done(['accepted', ...certificates.map(pathLine), `good until ${formatTime(notAfter)}`], {
      ok: true,
      path: await Promise.all(certificates.map(pathEntry)),
      not_after: notAfter,
    })
  },
})

function readRevocation(text: string | undefined, hasLists: boolean): Revocation | null {
  if (text === undefined) return hasLists ? 'if-available' : 'off'
  return revocations.find((one) => one === text) ?? null
}

const missingCa = ['--anchor FILE gives a CA that is trusted, --intermediate FILE one in between']

const pathLine = ({ subject, notAfter }: Certificate, i: number, path: readonly Certificate[]) => {
  const role = i === 0 ? 'leaf' : i === path.length - 1 ? 'anchor' : 'intermediate'
  return `  ${role.padEnd(12)}  ${subject || '(empty)'}  until ${formatTime(notAfter)}`
}

const pathEntry = async (certificate: Certificate) => ({
  subject: certificate.subject,
  sha256: await sha256(certificate),
  not_before: certificate.notBefore,
  not_after: certificate.notAfter,
})

/** A time in ISO 8601 with a zone (or a date) as seconds since the epoch, or null. */
function parseTime(text: string): number | null {
  const whole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const milliseconds = whole ? Date.parse(text) : Number.NaN
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000)
}
