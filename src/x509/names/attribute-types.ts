/**
 * The attribute types that are known by name: descriptors as registered for LDAP (RFC 4519, RFC
 * 4524, RFC 2985), else the name the defining standard gives. The first is written, all are read.
 * All of them compare by caseIgnoreMatch or caseIgnoreIA5Match (RFC 4517 sections 4.2.11, 4.2.7).
 */
const table: readonly (readonly [oid: string, ...names: string[]])[] = [
  ['2.5.4.3', 'CN', 'commonName'],
  ['2.5.4.4', 'SN', 'surname'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C', 'countryName'],
  ['2.5.4.7', 'L', 'localityName'],
  ['2.5.4.8', 'ST', 'stateOrProvinceName'],
  ['2.5.4.9', 'STREET', 'streetAddress'],
  ['2.5.4.10', 'O', 'organizationName'],
  ['2.5.4.11', 'OU', 'organizationalUnitName'],
  ['2.5.4.12', 'title', 'T'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.18', 'postOfficeBox'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'givenName', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.51', 'houseIdentifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID', 'userId'],
  ['0.9.2342.19200300.100.1.3', 'mail', 'rfc822Mailbox'],
  ['0.9.2342.19200300.100.1.25', 'DC', 'domainComponent'],
  ['1.2.840.113549.1.9.1', 'emailAddress', 'E', 'email'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionLocalityName', 'jurisdictionL'],
  ['1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionStateOrProvinceName', 'jurisdictionST'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionCountryName', 'jurisdictionC'],
]

const nameByOid = new Map(table.map(([oid, name]) => [oid, name]))

const oidByName = new Map(
  table.flatMap(([oid, ...names]) => names.map((name) => [name.toLowerCase(), oid])),
)

/** The name to write for an attribute type, or null if it has to be written in dotted decimals. */
export const attributeTypeName = (oid: string): string | null => nameByOid.get(oid) ?? null

/** The OID for a name of an attribute type, in any case (RFC 4512 section 1.4), or null. */
export const attributeTypeOid = (name: string): string | null =>
  oidByName.get(name.toLowerCase()) ?? null
