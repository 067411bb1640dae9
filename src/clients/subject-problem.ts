import type { NameTextRefusal, SubjectAltNameRefusal } from '../x509/index.ts'

/** Why a value of one of the five subject attributes cannot be registered. */
export type SubjectRefusal = NameTextRefusal | SubjectAltNameRefusal

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
    'holds a character that RFC 4518 bars from comparison (a control, say): it could never match',
  // subjectAltName
  wildcard: 'a wildcard names no single host: it could never match',
  ip_address_as_host: 'is an IP address: register it as tls_client_auth_san_ip',
  host_name:
    'is no host name: want labels of letters, digits and inner hyphens, and no dot at an end',
  uri: 'is no absolute URI',
  ip_address: 'is no IPv4 or IPv6 address (IPv4 without leading zeros)',
  email: 'is no e-mail address: want local@host, the local part without quotes',
  not_ascii: 'want printable ASCII: an internationalized host name as xn--',
  // both
  too_long: 'is too long to be compared',
}

/** A refusal as a sentence to stand behind the value; positions count from 1. */
export const subjectProblem = (refusal: SubjectRefusal): string =>
  'at' in refusal && refusal.at !== undefined
    ? `${sentences[refusal.why]} (character ${refusal.at + 1})`
    : sentences[refusal.why]
