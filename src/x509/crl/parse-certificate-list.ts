import { type Bytes, equalBytes } from '../../encoding/bytes.ts'
import { type DerNode, readDer } from '../../encoding/der-reader.ts'
import { newSpan, scanElement, scanTagged } from '../../encoding/der-scan.ts'
import { readTime, smallIntegerOf, wholeOctetsOf } from '../../encoding/der-values.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { readSignatureAlgorithm } from '../keys/signature-algorithm.ts'
import { formatRdns } from '../names/format-name.ts'
import { readNameNode } from '../names/read-name.ts'
import { readWalked } from '../schema.ts'
import type { CertificateList, CrlOutcome, CrlRefusal } from './certificate-list.ts'
import { readCrlExtensions } from './crl-extensions.ts'
import { type EntryCursor, type EntryRules, newEntryCursor, nextEntry } from './entries.ts'

/** In octets: a million entries have 35 to 50 million, and an isolate 128. */
export const maxCertificateListSize = 1 << 26

/** In octets, of every part but the entries; real ones have a few hundred, and each name takes time. */
const maxPartSize = 1 << 14

/**
 * Reads a certificate revocation list (RFC 5280 section 5.1) from exactly its DER, strictly, and
 * every entry of it: what cannot be understood is no list to rely on (section 5.2). Costs nothing
 * that grows with the entries but time. Never throws. Whose list it is, is another question.
 * @param der belongs to the list from now on and must not be changed: it is not copied
 */
export function parseCertificateList(der: Uint8Array): CrlOutcome {
  if (der.length > maxCertificateListSize) return { ok: false, reason: 'too_large' }
  const source = der.buffer instanceof ArrayBuffer ? (der as Bytes) : Uint8Array.from(der)
  const parts = partsOf(source)
  if (parts === null) return { ok: false, reason: 'not_a_certificate_list' }
  const read = readParts(source, parts)
  return read.ok ? { ok: true, crl: read.value } : { ok: false, ...read.error }
}

/** Takes a list apart by the tags of its elements and their order; of the entries only their place. */
function partsOf(source: Bytes) {
  const span = newSpan()
  if (!scanTagged(span, source, 0, source.length, 0x30) || span.end !== source.length) return null
  const from = span.contents
  if (!scanTagged(span, source, from, source.length, 0x30)) return null
  const outside = reader(source, span.end, source.length)
  const inside = reader(source, span.contents, span.end)
  const tbs = source.subarray(from, span.end)
  const outerAlgorithm = outside.next()
  const signature = outside.next()
  const version = inside.next([0x02])
  const innerAlgorithm = inside.next()
  const issuer = inside.next()
  const thisUpdate = inside.next()
  const nextUpdate = inside.next(timeTags)
  const entries = inside.skip(0x30)
  const extensions = inside.next([0xa0])
  if (!inside.atEnd() || !outside.atEnd()) return null
  if (outerAlgorithm === undefined || signature === undefined || innerAlgorithm === undefined) {
    return null
  }
  if (issuer === undefined || thisUpdate === undefined) return null
  return {
    tbs,
    version,
    innerAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    entries,
    extensions,
    outerAlgorithm,
    signature,
  }
}

type Parts = NonNullable<ReturnType<typeof partsOf>>

const timeTags = [0x17, 0x18]

/** Reads element after element between two offsets; what is not DER, or too large, is not there. */
function reader(source: Bytes, from: number, limit: number) {
  const span = newSpan()
  let at = from
  const found = (tags: readonly number[]): boolean =>
    scanElement(span, source, at, limit) && (tags.length === 0 || tags.includes(span.tag))
  return {
    /** The next element, if it has one of the tags. */
    next(tags: readonly number[] = []): DerNode | undefined {
      if (!found(tags)) return undefined
      const node = readDer(source.subarray(at, span.end), maxPartSize)
      if (!node.ok) return undefined
      at = span.end
      return node.value
    },
    /** Where the contents of the next element are, if it has the tag. */
    skip(tag: number): { readonly from: number; readonly to: number } | null {
      if (!found([tag])) return null
      at = span.end
      return { from: span.contents, to: span.end }
    },
    atEnd: (): boolean => at === limit,
  }
}

type Reason = Exclude<CrlRefusal, { oid: string } | { at: number }>['reason']
const refuse = (reason: Reason) => err({ reason })

function readParts(source: Bytes, parts: Parts): Result<CertificateList, CrlRefusal> {
  const header = readHeader(parts)
  if (!header.ok) return header
  const { version } = header.value
  // Section 5.1.2.7: only in version 2, and one Extensions inside of the tag.
  if (parts.extensions !== undefined && (version === 1 || parts.extensions.children.length !== 1)) {
    return refuse('bad_extensions')
  }
  const extensions = readCrlExtensions(parts.extensions?.contents)
  if (!extensions.ok) return extensions
  const entriesFrom = parts.entries?.from ?? 0
  const entriesTo = parts.entries?.to ?? 0
  const cursor = newEntryCursor(source, entriesFrom, entriesTo)
  const entryCount = countEntries(cursor, entryRules(version, extensions.value))
  if (!entryCount.ok) return entryCount
  // Section 5.1.2.6: "When there are no revoked certificates, the revoked certificates list MUST be absent."
  if (parts.entries !== null && entryCount.value === 0) {
    return err({ reason: 'bad_entry', at: entriesFrom })
  }
  return ok({
    der: source,
    tbs: parts.tbs,
    ...header.value,
    ...extensions.value,
    entriesFrom,
    entriesTo,
    entryCount: entryCount.value,
  })
}

/** All fields with a fixed place. */
function readHeader(parts: Parts) {
  const { version: number, innerAlgorithm, outerAlgorithm } = parts
  // Section 5.1.2.1: "if present, MUST be v2"
  if (number !== undefined && smallIntegerOf(number) !== 1) return refuse('bad_version')
  const signatureAlgorithm = readSignatureAlgorithm(readWalked(outerAlgorithm.der))
  if (signatureAlgorithm === null) return refuse('bad_signature_algorithm')
  if (!equalBytes(innerAlgorithm.der, outerAlgorithm.der)) {
    return refuse('signature_algorithms_differ') // section 5.1.1.2
  }
  const issuer = readNameNode(parts.issuer)
  // Section 5.1.2.3: "MUST contain a non-empty X.500 distinguished name"
  if (issuer === null || issuer.length === 0) return refuse('bad_issuer')
  const thisUpdate = readTime(parts.thisUpdate)
  if (thisUpdate === null) return refuse('bad_this_update')
  const nextUpdate = parts.nextUpdate === undefined ? null : readTime(parts.nextUpdate)
  if (parts.nextUpdate !== undefined && (nextUpdate === null || nextUpdate < thisUpdate)) {
    return refuse('bad_next_update')
  }
  const signature = wholeOctetsOf(parts.signature)
  if (signature === null) return refuse('bad_signature')
  const version: 1 | 2 = number === undefined ? 1 : 2
  const names = { issuer: formatRdns(issuer), issuerDer: parts.issuer.der }
  return ok({ version, ...names, thisUpdate, nextUpdate, signatureAlgorithm, signature })
}

const entryRules = (
  version: 1 | 2,
  known: Pick<CertificateList, 'issuingDistributionPoint' | 'baseCrlNumber'>,
): EntryRules => ({
  extensions: version === 2,
  indirect: known.issuingDistributionPoint?.indirectCRL ?? false,
  delta: known.baseCrlNumber !== null,
})

function countEntries(cursor: EntryCursor, rules: EntryRules): Result<number, CrlRefusal> {
  let count = 0
  while (nextEntry(cursor, rules)) {
    if (cursor.unhandled)
      return err({ reason: 'unhandled_critical_entry_extension', at: cursor.from })
    count++
  }
  return cursor.at === cursor.limit ? ok(count) : err({ reason: 'bad_entry', at: cursor.from })
}

/**
 * A list's entries, one after the other: call `next` until it is false and read the cursor between.
 * One object for all of them.
 */
export function entriesOf(crl: CertificateList): {
  readonly cursor: EntryCursor
  readonly next: () => boolean
} {
  const cursor = newEntryCursor(crl.der, crl.entriesFrom, crl.entriesTo)
  const rules = entryRules(crl.version, crl)
  return { cursor, next: () => nextEntry(cursor, rules) }
}
