import {
  parseRegisteredSubject,
  type SubjectAttribute,
  sanTypes,
} from '../../clients/registered-subject.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import {
  type Certificate,
  matchDistinguishedName,
  subjectAltNameKey,
  subjectAltNameKeys,
} from '../../x509/index.ts'
import type { Options, OptionValues } from '../command.ts'
import { type Outcome, refused, usage } from '../outcome.ts'
import { meantName } from './name-order.ts'

/** Options that name the subject of a partner's certificate (RFC 8705 section 2.1.2). */
export const subjectOptions = {
  by: {
    type: 'string',
    value: 'WHAT',
    help: 'subject-dn (default), san-dns, san-uri, san-ip or san-email of the file',
  },
  'subject-dn': {
    type: 'string',
    value: 'DN',
    help: 'the subject, RFC 4514, without a certificate',
  },
  'san-dns': {
    type: 'string',
    value: 'NAME',
    help: 'or one subject alternative name: a host name',
  },
  'san-uri': { type: 'string', value: 'URI', help: 'or a URI' },
  'san-ip': { type: 'string', value: 'ADDRESS', help: 'or an IP address' },
  'san-email': { type: 'string', value: 'ADDRESS', help: 'or an e-mail address' },
} as const satisfies Options

/** The names of {@link subjectOptions} that carry a value, and the attributes they set. */
const attributes = {
  'subject-dn': 'tls_client_auth_subject_dn',
  'san-dns': 'tls_client_auth_san_dns',
  'san-uri': 'tls_client_auth_san_uri',
  'san-ip': 'tls_client_auth_san_ip',
  'san-email': 'tls_client_auth_san_email',
} as const satisfies Record<string, SubjectAttribute>

type Way = keyof typeof attributes

const ways = Object.keys(attributes) as readonly Way[]

type SubjectValues = OptionValues<typeof subjectOptions>

/** The one subject attribute, by name and value. */
export type ChosenSubject = { readonly attribute: SubjectAttribute; readonly value: string }

/** Which subject options are given, by their names. */
export const givenSubjectOptions = (options: SubjectValues): readonly string[] =>
  ['by' as const, ...ways].filter((name) => options[name] !== undefined)

/**
 * The subject that the options choose: written out, or taken from the certificate.
 * @param certificate the partner's, or null where none is given
 */
export function chooseSubject(
  options: SubjectValues,
  certificate: Certificate | null,
): Result<ChosenSubject, Outcome> {
  const written = ways.filter((way) => options[way] !== undefined)
  const [way] = written
  if (written.length > 1) return err(usage('exactly one of --subject-dn and the --san- options'))
  if (way !== undefined) {
    if (options.by !== undefined) return err(usage(`--by and --${way} exclude each other`))
    const value = options[way] ?? ''
    return certificate === null || presents(certificate, way, value)
      ? ok({ attribute: attributes[way], value })
      : err(notPresented(certificate, way, value))
  }
  if (certificate === null) {
    return err(usage('a --certificate, a --subject-dn or one of the --san- options is needed'))
  }
  const by = ways.find((known) => known === (options.by ?? 'subject-dn'))
  if (by === undefined) return err(usage(`--by wants one of ${ways.join(', ')}`))
  return takeFrom(certificate, by)
}

function takeFrom(certificate: Certificate, way: Way): Result<ChosenSubject, Outcome> {
  const values = valuesOf(certificate, way)
  const [value, second] = registrable(certificate, way)
  if (value === undefined) {
    const problems = values.map((one) => problemWith(way, one) ?? '')
    const none = values.length === 0 ? [`the certificate has no ${way}`] : problems
    return err(refused(none, ...otherWays(certificate, way)))
  }
  if (second === undefined) return ok({ attribute: attributes[way], value })
  const choice = registrable(certificate, way).map((one) => `--${way} ${one}`)
  return err(
    refused(
      `the certificate has ${choice.length} of ${way}: a client has exactly one`,
      `choose: ${choice.join(' or ')}`,
    ),
  )
}

/** Why a value cannot be registered, or null where it can. */
function problemWith(way: Way, value: string): string | null {
  const parsed = parseRegisteredSubject({ [attributes[way]]: value })
  return parsed.ok ? null : parsed.error
}

/** What of a certificate can be registered: a wildcard, for one, cannot. */
const registrable = (certificate: Certificate, way: Way): readonly string[] =>
  valuesOf(certificate, way).filter((value) => problemWith(way, value) === null)

function valuesOf(certificate: Certificate, way: Way): readonly string[] {
  switch (way) {
    case 'subject-dn':
      return certificate.subject === '' ? [] : [certificate.subject]
    case 'san-dns':
      return certificate.dnsNames
    case 'san-uri':
      return certificate.uris
    case 'san-ip':
      return certificate.ipAddresses
    case 'san-email':
      return certificate.emails
  }
}

function presents(certificate: Certificate, way: Way, value: string): boolean {
  if (way === 'subject-dn') return matchDistinguishedName(value, certificate.subjectDer)
  const type = sanTypes[attributes[way]]
  const key = subjectAltNameKey(type, value)
  // What cannot be registered at all is for the parser of registrations to say.
  return !key.ok || subjectAltNameKeys(certificate, type).includes(key.value)
}

function notPresented(certificate: Certificate, way: Way, value: string): Outcome {
  const meant = way === 'subject-dn' ? meantName(value) : null
  return refused(
    `the certificate does not have ${way} ${value}`,
    ...(meant === null ? [] : [`RFC 4514 writes the most specific part first: ${meant}?`]),
    ...valuesOf(certificate, way).map((one) => `it has ${one}`),
    'leave --certificate out to register what another certificate will have',
  )
}

const otherWays = (certificate: Certificate, but: Way): string[] =>
  ways
    .filter((way) => way !== but && registrable(certificate, way).length > 0)
    .map((way) => `it has ${registrable(certificate, way).join(', ')}: --by ${way}`)
