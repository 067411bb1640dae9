import { err, ok, type Result } from '../encoding/result.ts'
import { distinguishedNameKey, subjectAltNameKey } from '../x509/index.ts'
import { subjectProblem } from './subject-problem.ts'

/** The five ways to name the certificate's subject (RFC 8705 section 2.1.2). */
export const subjectAttributes = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const

/** One of {@link subjectAttributes}. */
export type SubjectAttribute = (typeof subjectAttributes)[number]

/** The one subject a client is registered with. */
export type RegisteredSubject = {
  readonly attribute: SubjectAttribute
  /** As the operator wrote it. */
  readonly value: string
  /** In the canonical form by which it is compared. */
  readonly key: string
}

/** schema.sql holds no longer ones, and no longer keys. */
const maxSubjectLength = 4096

/** Which SAN type an attribute names; the subject DN is none. */
export const sanTypes = {
  tls_client_auth_san_dns: 'dns',
  tls_client_auth_san_uri: 'uri',
  tls_client_auth_san_ip: 'ip',
  tls_client_auth_san_email: 'email',
} as const satisfies Record<Exclude<SubjectAttribute, 'tls_client_auth_subject_dn'>, string>

/**
 * Reads the subject out of client metadata: exactly one of the five attributes.
 * @returns the subject, or a sentence that says what is wrong
 * @see RFC 8705 section 2.1.2
 */
export function parseRegisteredSubject(
  metadata: Readonly<Record<string, unknown>>,
): Result<RegisteredSubject, string> {
  const present = subjectAttributes.filter((name) => name in metadata)
  const [attribute] = present
  if (attribute === undefined || present.length > 1) {
    return err(`want exactly one of ${subjectAttributes.join(', ')} (RFC 8705 section 2.1.2)`)
  }
  const value = metadata[attribute]
  if (typeof value !== 'string' || value === '') return err(`${attribute}: want a text`)
  if (value.length > maxSubjectLength) {
    return err(`${attribute}: want at most ${maxSubjectLength} characters`)
  }
  const key =
    attribute === 'tls_client_auth_subject_dn'
      ? distinguishedNameKey(value)
      : subjectAltNameKey(sanTypes[attribute], value)
  if (!key.ok) return err(`${attribute}: ${JSON.stringify(value)}: ${subjectProblem(key.error)}`)
  // An empty name would match every certificate that has none.
  return key.value === '' ? err(`${attribute}: is empty`) : ok({ attribute, value, key: key.value })
}
