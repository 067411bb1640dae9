import { type Bytes, equalBytes } from '../encoding/bytes.ts'
import {
  countElements,
  type DerFault,
  type DerNode,
  readDer,
  tags,
} from '../encoding/der-reader.ts'
import { elementsOf, readTime, smallIntegerOf, wholeOctetsOf } from '../encoding/der-values.ts'
import { toHex } from '../encoding/hex.ts'
import { once } from '../encoding/once.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import { sha256Base64url } from '../encoding/sha256.ts'
import type { Certificate, SubjectAlternativeNames } from './certificate.ts'
import {
  duplicateExtension,
  type Extension,
  readBy,
  readExtensions,
} from './extensions/extension.ts'
import type { GeneralName } from './extensions/general-name.ts'
import { knownExtensions } from './extensions/known-extensions.ts'
import { formatIpAddress } from './ip-address.ts'
import { readPublicKey } from './keys/public-key.ts'
import { readSignatureAlgorithm } from './keys/signature-algorithm.ts'
import { formatRdns } from './names/format-name.ts'
import { readNameNode } from './names/read-name.ts'
import {
  anyField,
  bitStringField,
  type Element,
  explicitField,
  readWalked,
  schemaOf,
} from './schema.ts'

/** Why octets are no certificate, with what there is to say about it. */
export type ParseRefusal =
  | { readonly reason: 'not_der'; readonly fault: DerFault; readonly at: number }
  | { readonly reason: 'too_many_elements'; readonly limit: number }
  | {
      readonly reason:
        | 'not_a_certificate'
        | 'bad_version'
        | 'bad_serial_number'
        | 'bad_signature_algorithm'
        | 'bad_issuer'
        | 'bad_validity'
        | 'bad_subject'
        | 'bad_public_key'
        | 'bad_unique_identifier'
        | 'bad_extensions'
        | 'bad_signature'
        /** No subject, and a subjectAltName that is not critical (RFC 5280 section 4.2.1.6). */
        | 'empty_subject'
    }
  /** An extension, by its OID, that is there twice or whose value is malformed. */
  | { readonly reason: 'duplicate_extension' | 'bad_extension'; readonly oid: string }

/** A certificate, or why the octets are none. */
export type ParseOutcome =
  | { readonly ok: true; readonly certificate: Certificate }
  | ({ readonly ok: false } & ParseRefusal)

/** In octets; real ones have one or two thousand. */
export const maxCertificateSize = 1 << 16

/**
 * The most encoded elements that a certificate of a request may have, those inside of OCTET STRINGs
 * included. Real ones have up to 150. Reading one takes the library some microseconds.
 */
export const maxElements = 1000

/** What reading a certificate may cost. */
export type ParseLimits = {
  /** Default: {@link maxElements}. */
  readonly maxElements?: number
  /** Called with the number of elements before the certificate is read. */
  readonly onElements?: (count: number) => void
}

/**
 * Reads a certificate (RFC 5280 section 4.1) from exactly its DER, strictly by syntax: versions 1,
 * 2 and 3, any key, any signature algorithm. Never throws. Whether to trust it is another question.
 */
export function parseCertificate(der: Uint8Array, limits: ParseLimits = {}): ParseOutcome {
  // A copy: a change of the caller's octets must not change what has been read.
  const octets = Uint8Array.from(der.subarray(0, maxCertificateSize + 1))
  const node = readDer(octets, maxCertificateSize)
  if (!node.ok) {
    return { ok: false, reason: 'not_der', fault: node.error.why, at: node.error.at }
  }
  const { maxElements: limit = maxElements, onElements } = limits
  const count = countElements(node.value, limit)
  onElements?.(count)
  if (count > limit) return { ok: false, reason: 'too_many_elements', limit }
  const read = readCertificate(octets, node.value)
  return read.ok ? { ok: true, certificate: read.value } : { ok: false, ...read.error }
}

/** Certificate (RFC 5280 section 4.1). */
const certificateSchema = schemaOf<{
  readonly tbsCertificate: Element
  readonly signatureAlgorithm: Element
  readonly signatureValue?: Element
}>({
  tbsCertificate: anyField,
  signatureAlgorithm: anyField,
  signatureValue: { ...anyField, optional: true },
})

/** TBSCertificate. Its fields are read one by one, so that a refusal names the malformed one. */
type Tbs = {
  readonly version?: readonly Element[]
  readonly serialNumber: Element
  readonly signature: Element
  readonly issuer: Element
  readonly validity: Element
  readonly subject: Element
  readonly subjectPublicKeyInfo: Element
  readonly issuerUniqueID?: unknown
  readonly subjectUniqueID?: unknown
  readonly extensions?: readonly Element[]
}
const tbsSchema = schemaOf<Tbs>({
  version: explicitField(0),
  serialNumber: anyField,
  signature: anyField,
  issuer: anyField,
  validity: anyField,
  subject: anyField,
  subjectPublicKeyInfo: anyField,
  issuerUniqueID: { ...bitStringField, context: 1, implicit: true, optional: true },
  subjectUniqueID: { ...bitStringField, context: 2, implicit: true, optional: true },
  extensions: explicitField(3),
})

type Refused = { readonly ok: false; readonly error: ParseRefusal }

function refuse(
  reason: Exclude<
    ParseRefusal,
    { oid: string } | { fault: DerFault } | { limit: number }
  >['reason'],
): Refused {
  return err({ reason })
}

function readCertificate(der: Bytes, node: DerNode): Result<Certificate, ParseRefusal> {
  const certificate = readWalked(der)?.as(certificateSchema)
  const tbs = certificate?.tbsCertificate.as(tbsSchema)
  if (certificate == null || tbs == null) return refuse(malformedField(node))
  const read = readFields(tbs)
  if (!read.ok) return read
  const signatureAlgorithm = readSignatureAlgorithm(certificate.signatureAlgorithm)
  if (signatureAlgorithm === null) return refuse('bad_signature_algorithm')
  const extensions = readOptionalFields(tbs, read.value.version)
  if (!extensions.ok) return extensions
  const known = readBy(knownExtensions, extensions.value)
  if (!known.ok) return err({ reason: 'bad_extension', oid: known.error })
  const { subject, issuer, ...fields } = read.value
  if (subject.length === 0 && !mayHaveNoSubject(extensions.value)) return refuse('empty_subject')
  const signature = wholeOctetsOf(certificate.signatureValue)
  if (signature === null) return refuse('bad_signature')
  const texts = {
    subject: once(() => formatRdns(subject)),
    issuer: once(() => formatRdns(issuer)),
    alternative: once(() => namesByType(known.value.subjectAltName ?? [])),
  }
  return ok({
    der,
    tbs: certificate.tbsCertificate.der,
    ...fields,
    signatureAlgorithm,
    signatureAlgorithmsAgree: equalBytes(certificate.signatureAlgorithm.der, tbs.signature.der),
    signature,
    extensions: extensions.value,
    ...known.value,
    get subject() {
      return texts.subject()
    },
    get issuer() {
      return texts.issuer()
    },
    get dnsNames() {
      return texts.alternative().dnsNames
    },
    get uris() {
      return texts.alternative().uris
    },
    get emails() {
      return texts.alternative().emails
    },
    get ipAddresses() {
      return texts.alternative().ipAddresses
    },
  })
}

/** Which field the library refuses: a malformed text or time fails the whole certificate there. */
function malformedField({ children: [tbs] }: DerNode) {
  const fields = tbs?.children ?? []
  const [issuer, validity, subject] = fields.slice(fields[0]?.tag === 0xa0 ? 3 : 2)
  const isTime = (node: DerNode): boolean => readTime(node) !== null
  if (issuer !== undefined && readNameNode(issuer) === null) return 'bad_issuer'
  if (validity?.children.every(isTime) === false) return 'bad_validity'
  if (subject !== undefined && readNameNode(subject) === null) return 'bad_subject'
  return 'not_a_certificate'
}

/** Sections 4.1.2.1 to 4.1.2.7: the fields that every certificate has. */
function readFields(tbs: Tbs) {
  const version = readVersion(tbs.version)
  if (version === null) return refuse('bad_version')
  if (tbs.serialNumber.tag !== tags.integer) return refuse('bad_serial_number')
  if (tbs.signature.tag !== tags.sequence) return refuse('bad_signature_algorithm')
  const issuer = readNameNode(tbs.issuer)
  if (issuer === null) return refuse('bad_issuer')
  const validity = readValidity(tbs.validity)
  if (validity === null) return refuse('bad_validity')
  const subject = readNameNode(tbs.subject)
  if (subject === null) return refuse('bad_subject')
  const publicKey = readPublicKey(tbs.subjectPublicKeyInfo)
  if (publicKey === null) return refuse('bad_public_key')
  return ok({
    version,
    serialNumber: toHex(tbs.serialNumber.contents).toUpperCase(),
    subject,
    issuer,
    subjectDer: tbs.subject.der,
    issuerDer: tbs.issuer.der,
    ...validity,
    subjectPublicKeyInfo: tbs.subjectPublicKeyInfo.der,
    publicKey,
  })
}

/** Section 4.1.2.5. An end before the beginning is no fault of the syntax. */
function readValidity(element: Element) {
  const [first, last, ...more] = elementsOf(element) ?? []
  if (first === undefined || last === undefined || more.length > 0) return null
  const notBefore = readTime(first)
  const notAfter = readTime(last)
  return notBefore === null || notAfter === null ? null : { notBefore, notAfter }
}

/** Section 4.1.2.1; the default (version 1, number 0) is not encoded (X.690 section 11.5). */
function readVersion(elements: readonly Element[] | undefined): 1 | 2 | 3 | null {
  if (elements === undefined) return 1
  const [version, ...more] = elements
  const number = more.length > 0 ? null : smallIntegerOf(version)
  return number === 1 ? 2 : number === 2 ? 3 : null
}

/** Section 4.1: unique identifiers from version 2 on, extensions in version 3. */
function readOptionalFields(
  { issuerUniqueID, subjectUniqueID, extensions: elements }: Tbs,
  version: 1 | 2 | 3,
): Result<readonly Extension[], ParseRefusal> {
  const hasUniqueIdentifier = issuerUniqueID !== undefined || subjectUniqueID !== undefined
  if (version === 1 && hasUniqueIdentifier) return refuse('bad_unique_identifier')
  if (elements === undefined) return ok([])
  const [list, ...more] = elements
  const extensions = more.length > 0 ? null : readExtensions(list)
  if (extensions === null || version !== 3) return refuse('bad_extensions')
  const oid = duplicateExtension(extensions)
  return oid === null ? ok(extensions) : err({ reason: 'duplicate_extension', oid })
}

function mayHaveNoSubject(extensions: readonly Extension[]): boolean {
  const names = extensions.find(({ oid }) => oid === knownExtensions.subjectAltName.oid)
  return names === undefined || names.critical
}

function namesByType(names: readonly GeneralName[]): SubjectAlternativeNames {
  const texts = (type: 'dns' | 'uri' | 'email'): string[] =>
    names.flatMap((name) => (name.type === type ? [name.text] : []))
  return {
    dnsNames: texts('dns'),
    uris: texts('uri'),
    emails: texts('email'),
    ipAddresses: names.flatMap((name) =>
      name.type === 'ip' ? [formatIpAddress(name.octets)] : [],
    ),
  }
}

/** The x5t#S256 of a certificate: SHA-256 over its DER, in base64url (RFC 8705 section 3.1). */
export async function thumbprint(der: Uint8Array): Promise<string> {
  return sha256Base64url(Uint8Array.from(der))
}
