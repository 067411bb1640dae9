import { utf8 } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import { type NameAttribute, readName } from '../../x509/names/read-name.ts'

/** A name in the notations that the edge passes to the Worker. All are ASCII. */
export type NameSpellings = {
  /** `CN=a,OU=b,C=US`, as OpenSSL's XN_FLAG_RFC2253 prints it. */
  readonly rfc2253: string
  /** `/C=US/OU=b/CN=a`, as OpenSSL's X509_NAME_oneline prints it. */
  readonly legacy: string
}

/** OpenSSL's names of the attribute types. It prints any other type as dotted decimals. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
}

/** The notations of a Name in DER; empty if it cannot be read. */
export function nameSpellings(nameDer: Uint8Array): NameSpellings {
  const rdns = readName(nameDer) ?? []
  const legacy = rdns.flat().map((each) => `/${typeName(each)}=${legacyValue(each)}`)
  return {
    rfc2253: rdns
      .map((rdn) => rdn.map(rfc2253Attribute).toReversed().join('+')) // OpenSSL reverses the attributes of an RDN too.
      .toReversed() // RFC 2253 section 2.1: starting with the last element of the sequence
      .join(','),
    legacy: legacy.join(''),
  }
}

const typeName = ({ oid }: NameAttribute): string => shortNames[oid] ?? oid

const octetAs = (prefix: string) => (character: string) =>
  Array.from(utf8(character), (octet) => prefix + hexOctet(octet)).join('')

const hexOctet = (octet: number): string => toHex(Uint8Array.of(octet)).toUpperCase()

const rfc2253Attribute = (attribute: NameAttribute): string =>
  `${typeName(attribute)}=${rfc2253Value(attribute)}`

/** RFC 2253 section 2.4. Characters that are not printable ASCII become escaped UTF-8 octets. */
function rfc2253Value({ oid, value, der }: NameAttribute): string {
  if (value === null || shortNames[oid] === undefined) return `#${toHex(der).toUpperCase()}`
  return value
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/gu, octetAs('\\'))
    .replace(/^[ #]| $/g, '\\$&')
}

const legacyValue = ({ value, der }: NameAttribute): string =>
  value === null ? `#${toHex(der)}` : value.replace(/[^\x20-\x7e]/gu, octetAs('\\x'))
