import { X509Certificate } from 'node:crypto'
import type { Bytes } from '../../encoding/bytes.ts'
import { type DerNode, readDer } from '../../encoding/der-reader.ts'
import { contentsOf, derOf, elementsOf, octetStringOf, oidOf } from '../../encoding/der-values.ts'
import { toHex } from '../../encoding/hex.ts'
import { type NameSpellings, nameSpellings } from './distinguished-name.ts'

/** What the edge tells of a certificate besides the certificate itself. */
export type CertificateFields = {
  readonly issuer: NameSpellings
  readonly subject: NameSpellings
  /** The INTEGER's octets in upper-case hexadecimal, so with 00 before a set first bit. */
  readonly serial: string
  /** Upper-case hexadecimal, no colons; empty without the extension. */
  readonly subjectKeyIdentifier: string
  readonly authorityKeyIdentifier: string
  /** Lower-case hexadecimal, no colons. */
  readonly sha1: string
  readonly sha256: string
  /** As OpenSSL prints dates: `Dec 22 19:39:00 2018 GMT`. */
  readonly notBefore: string
  readonly notAfter: string
}

const subjectKeyIdentifierOid = '2.5.29.14'
const authorityKeyIdentifierOid = '2.5.29.35'
/** What a handshake can carry at most. */
const maxSize = 1 << 20

/**
 * Reads a certificate that TLS has accepted. TLS is content with BER where the strict reader is
 * not; then what depends on the reader is empty.
 */
export function certificateFields(der: Bytes): CertificateFields {
  const parsed = new X509Certificate(der)
  const tbs = tbsFields(der)
  const hex = (colons: string): string => colons.replaceAll(':', '').toLowerCase()
  return {
    issuer: nameSpellings(tbs?.issuer === undefined ? new Uint8Array() : derOf(tbs.issuer)),
    subject: nameSpellings(tbs?.subject === undefined ? new Uint8Array() : derOf(tbs.subject)),
    serial:
      tbs?.serial === undefined ? parsed.serialNumber : toHex(contentsOf(tbs.serial)).toUpperCase(),
    subjectKeyIdentifier: upperHex(octetStringOf(inner(tbs?.extensions, subjectKeyIdentifierOid))),
    authorityKeyIdentifier: upperHex(keyIdentifierOf(tbs?.extensions)),
    sha1: hex(parsed.fingerprint),
    sha256: hex(parsed.fingerprint256),
    notBefore: parsed.validFrom,
    notAfter: parsed.validTo,
  }
}

const upperHex = (octets: Uint8Array | null): string =>
  octets === null ? '' : toHex(octets).toUpperCase()

type TbsFields = {
  readonly serial: DerNode | undefined
  readonly issuer: DerNode | undefined
  readonly subject: DerNode | undefined
  readonly extensions: readonly DerNode[]
}

/** The fields of a TBSCertificate (RFC 5280 section 4.1), or null where the octets are not DER. */
function tbsFields(der: Bytes): TbsFields | null {
  const certificate = readDer(der, maxSize)
  if (!certificate.ok) return null
  const fields = elementsOf(certificate.value.children[0]) ?? []
  const [serial, , issuer, , subject] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields
  const extensions = fields.find((field) => field.tag === 0xa3)?.children[0]?.children ?? []
  return { serial, issuer, subject, extensions }
}

/** What is inside of an extension's value, or undefined where it is absent or not DER. */
function inner(extensions: readonly DerNode[] | undefined, oid: string): DerNode | undefined {
  const extension = extensions?.find((each) => oidOf(each.children[0]) === oid)
  const value = octetStringOf(extension?.children.at(-1))
  const node = value === null ? null : readDer(Uint8Array.from(value), maxSize)
  return node?.ok ? node.value : undefined
}

/** RFC 5280 section 4.2.1.1: keyIdentifier is [0] IMPLICIT. */
function keyIdentifierOf(extensions: readonly DerNode[] | undefined): Uint8Array | null {
  const key = inner(extensions, authorityKeyIdentifierOid)?.children.find(({ tag }) => tag === 0x80)
  return key === undefined ? null : contentsOf(key)
}
