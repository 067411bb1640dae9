import { toBase64url } from '../encoding/base64.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { type DerFault, type DerNode, readDer, tags } from '../encoding/der-reader.ts'
import {
  contentsOf,
  derOf,
  elementsOf,
  smallIntegerOf,
  wholeOctetsOf,
} from '../encoding/der-values.ts'
import { toHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { Certificate, SubjectAlternativeNames } from './certificate.ts'
import { type Extension, readExtensions } from './extensions/extension.ts'
import type { GeneralName } from './extensions/general-name.ts'
import {
  duplicateExtension,
  extensionOids,
  readKnownExtensions,
} from './extensions/known-extensions.ts'
import { formatIpAddress } from './ip-address.ts'
import { readPublicKey } from './keys/public-key.ts'
import { readSignatureAlgorithm } from './keys/signature-algorithm.ts'
import { formatRdns } from './names/format-name.ts'
import { readNameNode } from './names/read-name.ts'
import { readValidity } from './validity.ts'

/** Why octets are no certificate, with what there is to say about it. */
export type ParseRefusal =
  | { readonly reason: 'not_der'; readonly fault: DerFault; readonly at: number }
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

/** A certificate, or why it is none. */
export type ParseOutcome =
  | { readonly ok: true; readonly certificate: Certificate }
  | ({ readonly ok: false } & ParseRefusal)

/** In octets; real ones have one or two thousand. */
export const maxCertificateSize = 1 << 16

/**
 * Reads a certificate (RFC 5280 section 4.1) from exactly its DER, strictly by syntax: versions 1,
 * 2 and 3, any key, any signature algorithm. Never throws. Whether to trust it is another question.
 */
export function parseCertificate(der: Uint8Array): ParseOutcome {
  // A copy: what is read here must not change under its reader's hands.
  const node = readDer(Uint8Array.from(der.subarray(0, maxCertificateSize + 1)), maxCertificateSize)
  if (!node.ok) {
    return { ok: false, reason: 'not_der', fault: node.error.why, at: node.error.at }
  }
  const read = readCertificate(node.value)
  return read.ok ? { ok: true, certificate: read.value } : { ok: false, ...read.error }
}

type Refused = { readonly ok: false; readonly error: ParseRefusal }

function refuse(
  reason: Exclude<ParseRefusal, { oid: string } | { fault: DerFault }>['reason'],
): Refused {
  return err({ reason })
}

function readCertificate(node: DerNode): Result<Certificate, ParseRefusal> {
  const [tbs, algorithm, signatureValue, ...more] = elementsOf(node) ?? []
  if (tbs === undefined || algorithm === undefined || more.length > 0) {
    return refuse('not_a_certificate')
  }
  const fields = fieldsOfTbs(tbs)
  if (fields === null) return refuse('not_a_certificate')
  const read = readFields(fields)
  if (!read.ok) return read
  const signatureAlgorithm = readSignatureAlgorithm(algorithm)
  if (signatureAlgorithm === null) return refuse('bad_signature_algorithm')
  const extensions = readOptionalFields(fields.optional, read.value.version)
  if (!extensions.ok) return extensions
  const known = readKnownExtensions(extensions.value)
  if (!known.ok) return err({ reason: 'bad_extension', oid: known.error })
  if (read.value.subject === '' && !mayHaveNoSubject(extensions.value)) {
    return refuse('empty_subject')
  }
  const signature = wholeOctetsOf(signatureValue)
  if (signature === null) return refuse('bad_signature')
  return ok({
    der: derOf(node),
    tbs: derOf(tbs),
    ...read.value,
    signatureAlgorithm,
    signatureAlgorithmsAgree: equalBytes(derOf(algorithm), derOf(fields.algorithm)),
    signature,
    extensions: extensions.value,
    ...known.value,
    ...namesByType(known.value.subjectAltName ?? []),
  })
}

/** Sections 4.1.2.1 to 4.1.2.7: the fields that every certificate has. */
function readFields(fields: NonNullable<ReturnType<typeof fieldsOfTbs>>) {
  const version = readVersion(fields.version)
  if (version === null) return refuse('bad_version')
  if (fields.serialNumber.tag !== tags.integer) return refuse('bad_serial_number')
  if (elementsOf(fields.algorithm) === null) return refuse('bad_signature_algorithm')
  const issuer = readNameNode(fields.issuer)
  if (issuer === null) return refuse('bad_issuer')
  const validity = readValidity(fields.validity)
  if (validity === null) return refuse('bad_validity')
  const subject = readNameNode(fields.subject)
  if (subject === null) return refuse('bad_subject')
  const publicKey = readPublicKey(fields.publicKey)
  if (publicKey === null) return refuse('bad_public_key')
  return ok({
    version,
    serialNumber: toHex(contentsOf(fields.serialNumber)).toUpperCase(),
    subject: formatRdns(subject),
    issuer: formatRdns(issuer),
    subjectDer: derOf(fields.subject),
    issuerDer: derOf(fields.issuer),
    ...validity,
    subjectPublicKeyInfo: derOf(fields.publicKey),
    publicKey,
  })
}

/** The fields of TBSCertificate by position: version first if it is there, then six that must be. */
function fieldsOfTbs(tbs: DerNode) {
  const elements = elementsOf(tbs) ?? []
  const version = elements[0]?.tag === 0xa0 ? elements[0] : undefined
  const rest = version === undefined ? elements : elements.slice(1)
  const [serialNumber, algorithm, issuer, validity, subject, publicKey, ...optional] = rest
  if (serialNumber === undefined || algorithm === undefined || issuer === undefined) return null
  if (validity === undefined || subject === undefined || publicKey === undefined) return null
  return { version, serialNumber, algorithm, issuer, validity, subject, publicKey, optional }
}

/** Section 4.1.2.1; the default (version 1, number 0) is not encoded (X.690 section 11.5). */
function readVersion(node: DerNode | undefined): 1 | 2 | 3 | null {
  if (node === undefined) return 1
  const number = node.children.length === 1 ? smallIntegerOf(node.children[0]) : null
  return number === 1 ? 2 : number === 2 ? 3 : null
}

/** Section 4.1: unique identifiers from version 2 on, extensions in version 3, in this order. */
function readOptionalFields(
  optional: readonly DerNode[],
  version: 1 | 2 | 3,
): Result<readonly Extension[], ParseRefusal> {
  const order = optional.map((node) => node.tag).join()
  if (!/^(129)?,?(130)?,?(163)?$/.test(order)) return refuse('not_a_certificate')
  const closed = optional.at(-1)?.tag === 0xa3 ? optional.at(-1) : undefined
  if (version === 1 && optional.length > (closed === undefined ? 0 : 1)) {
    return refuse('bad_unique_identifier')
  }
  if (closed === undefined) return ok([])
  const [list, ...more] = closed.children
  const extensions = list === undefined || more.length > 0 ? null : readExtensions(list)
  if (extensions === null || version !== 3) return refuse('bad_extensions')
  const oid = duplicateExtension(extensions)
  return oid === null ? ok(extensions) : err({ reason: 'duplicate_extension', oid })
}

function mayHaveNoSubject(extensions: readonly Extension[]): boolean {
  const names = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
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
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(der))))
}
