import { err, ok, type Result } from '../encoding/result.ts'
import {
  distinguishedNameKey,
  type NameTextRefusal,
  type SubjectAltNameRefusal,
  subjectAltNameKey,
} from '../x509/index.ts'

/** The five attributes that name the certificate's subject (RFC 8705 section 2.1.2). */
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
  /** As registered. */
  readonly value: string
  /** The canonical form that is compared. */
  readonly key: string
}

/** In characters. */
const maxSubjectLength = 4096

/** The subjectAltName type of each attribute except the subject DN. */
export const sanTypes = {
  tls_client_auth_san_dns: 'dns',
  tls_client_auth_san_uri: 'uri',
  tls_client_auth_san_ip: 'ip',
  tls_client_auth_san_email: 'email',
} as const satisfies Record<Exclude<SubjectAttribute, 'tls_client_auth_subject_dn'>, string>

/**
 * Reads the subject in client metadata: exactly one of the five attributes.
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
  if (!key.ok) return err(`${attribute}: ${JSON.stringify(value)}: ${describe(key.error)}`)
  // An empty name would match every certificate without one.
  return key.value === '' ? err(`${attribute}: is empty`) : ok({ attribute, value, key: key.value })
}

type SubjectRefusal = NameTextRefusal | SubjectAltNameRefusal

const sentences: Readonly<Record<SubjectRefusal['why'], string>> = {
  // RFC 4514 text
  attribute_type_expected: 'here an attribute type such as CN or O is missing',
  attribute_type_unknown: 'this attribute type has no known name: write its OID in dotted decimals',
  equals_expected: 'here an = is missing',
  quoted_value: 'RFC 4514 has no quotation marks: escape single characters, O=Acme\\, Ltd',
  character_to_be_escaped: 'this character needs a backslash before it',
  escape: 'after a backslash comes one of , + " \\ < > ; # = or two hexadecimal digits',
  not_utf8: 'is not text in UTF-8',
  hexadecimal_value: 'after # comes the DER of the value in hexadecimal',
  prohibited_character:
    'contains a character that RFC 4518 prohibits (such as a control character): it could never match',
  // subjectAltName
  wildcard: 'a wildcard names no single host: it could never match',
  ip_address_as_host: 'is an IP address: register it as tls_client_auth_san_ip',
  host_name:
    'is not a host name: want labels of letters, digits and inner hyphens, without a dot at the end',
  uri: 'is not an absolute URI',
  ip_address: 'is not an IPv4 or IPv6 address (IPv4 without leading zeros)',
  email: 'is not an e-mail address: want local@host, the local part without quotes',
  not_ascii: 'want printable ASCII: an internationalized host name as xn--',
  // both
  too_long: 'is too long to be compared',
}

/** A refusal as the end of a sentence about the value; positions count from 1. */
const describe = (refusal: SubjectRefusal): string =>
  'at' in refusal && refusal.at !== undefined
    ? `${sentences[refusal.why]} (character ${refusal.at + 1})`
    : sentences[refusal.why]
