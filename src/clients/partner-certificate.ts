import { err, ok, type Result } from '../encoding/result.ts'
import { isSelfIssued, isSelfSigned, kindOf } from '../trust-anchors/ca-certificate.ts'
import { isAnchorOf, type StoredSet } from '../trust-anchors/stored-set.ts'
import {
  type Certificate,
  keyRefusal,
  matchDistinguishedName,
  publicKeyToJwk,
  subjectAltNameKey,
  subjectAltNameKeys,
  thumbprint,
} from '../x509/index.ts'
import { jwkOfCertificate } from './registered-key.ts'
import { parseRegisteredSubject, type SubjectAttribute, sanTypes } from './registered-subject.ts'

// What must hold of a certificate before a client is registered with it.

/**
 * Whether a certificate is a CA's and not a partner's. An anchor of the set passes path validation too,
 * and would register the CA as the partner.
 */
export async function caRole(
  certificate: Certificate,
  set: StoredSet,
): Promise<'anchor' | 'ca' | null> {
  if (isAnchorOf(set, certificate.der)) return 'anchor'
  const kind = await kindOf(certificate)
  return kind === 'ca' || kind === 'self-signed-ca' ? 'ca' : null
}

/** Why a certificate cannot be registered as a self-signed one. */
export type SelfSignedRefusal =
  | { readonly why: 'not_self_signed'; readonly issuer: string }
  | { readonly why: 'key_unusable'; readonly reason: string }

/** The JWK that registers a self-signed certificate. Whether it is valid now is not checked. */
export async function selfSignedJwk(
  certificate: Certificate,
): Promise<Result<Record<string, unknown>, SelfSignedRefusal>> {
  const issuedByAnother = { why: 'not_self_signed', issuer: certificate.issuer } as const
  if (!isSelfIssued(certificate)) return err(issuedByAnother)
  const refusal = keyRefusal(certificate.publicKey)
  const key = publicKeyToJwk(certificate.publicKey)
  if (refusal !== null || key === null) {
    return err({ why: 'key_unusable', reason: refusal?.reason ?? 'key_unsupported' })
  }
  if (!(await isSelfSigned(certificate))) return err(issuedByAnother)
  return ok(jwkOfCertificate(certificate.der, key, await thumbprint(certificate.der)))
}

const valuesOf: Readonly<
  Record<SubjectAttribute, (certificate: Certificate) => readonly string[]>
> = {
  tls_client_auth_subject_dn: ({ subject }) => (subject === '' ? [] : [subject]),
  tls_client_auth_san_dns: ({ dnsNames }) => dnsNames,
  tls_client_auth_san_uri: ({ uris }) => uris,
  tls_client_auth_san_ip: ({ ipAddresses }) => ipAddresses,
  tls_client_auth_san_email: ({ emails }) => emails,
}

/** The values of a certificate that an attribute can name. */
export const subjectValues = (certificate: Certificate, attribute: SubjectAttribute) =>
  valuesOf[attribute](certificate)

/** Why a value cannot be registered (a wildcard, for example), or null. */
export function subjectValueProblem(attribute: SubjectAttribute, value: string): string | null {
  const parsed = parseRegisteredSubject({ [attribute]: value })
  return parsed.ok ? null : parsed.error
}

/** The values of a certificate that can be registered under an attribute. */
export const registrableValues = (
  certificate: Certificate,
  attribute: SubjectAttribute,
): readonly string[] =>
  subjectValues(certificate, attribute).filter(
    (value) => subjectValueProblem(attribute, value) === null,
  )

/** Whether a certificate has a subject. True for a value that the registration's parser refuses. */
export function hasSubject(
  certificate: Certificate,
  attribute: SubjectAttribute,
  value: string,
): boolean {
  if (attribute === 'tls_client_auth_subject_dn') {
    return matchDistinguishedName(value, certificate.subjectDer)
  }
  const type = sanTypes[attribute]
  const key = subjectAltNameKey(type, value)
  return !key.ok || subjectAltNameKeys(certificate, type).includes(key.value)
}

// Names and OIDs, in lower case.
const rootTypes = new Set([
  'c',
  'countryname',
  '2.5.4.6',
  'dc',
  'domaincomponent',
  '0.9.2342.19200300.100.1.25',
])
const leafTypes = new Set(['cn', 'commonname', '2.5.4.3'])

/**
 * The name that an operator may mean who wrote it in the order of the certificate, as openssl prints it.
 * RFC 4514 section 2.1 begins with the last RDN.
 * @param name RFC 4514 text that can be registered
 * @returns the reversed name if it begins with a country or domain and ends with a CN, else null
 */
export function reversedName(name: string): string | null {
  const rdns = name.match(/(?:\\.|[^\\,])+/gs) ?? [] // an unescaped comma is always a separator
  if (rdns.length < 2 || !rootTypes.has(typeOf(rdns[0])) || !leafTypes.has(typeOf(rdns.at(-1)))) {
    return null
  }
  return rdns
    .map((rdn) => rdn.trim())
    .reverse()
    .join(',')
}

const typeOf = (rdn = ''): string => (rdn.split('=')[0] ?? '').trim().toLowerCase()
