import type { Bytes } from '../../encoding/bytes.ts'
import {
  isInteger,
  isObjectIdentifier,
  newSpan,
  type Span,
  scanElement,
  scanTagged,
  timeOf,
} from '../../encoding/der-scan.ts'
import { readValue } from '../extensions/extension.ts'
import { type GeneralName, readGeneralNamesOf } from '../extensions/general-name.ts'

/**
 * One revoked certificate after the other, as offsets into the list's DER. One object for a whole
 * list: a million entries leave no garbage.
 * @see RFC 5280 section 5.1
 */
export type EntryCursor = {
  readonly source: Bytes
  readonly limit: number
  /** Where the entry begins, and where the next one would. */
  from: number
  at: number
  /** The content octets of its serial number. */
  serialFrom: number
  serialTo: number
  /** Seconds since the epoch. */
  revocationDate: number
  /** CRLReason (section 5.3.1), whatever its number; -1 where the entry has none. */
  reasonCode: number
  /**
   * The certificateIssuer (section 5.3.3) that counts for this entry: GeneralNames in DER, of its
   * own or of an entry before. Both 0 where there was none.
   */
  issuerFrom: number
  issuerTo: number
  /** Whether one of its extensions is critical and not understood. */
  unhandled: boolean
}

/** What an entry is read by. */
export type EntryRules = {
  /** Whether there may be entry extensions (section 5.1: "if present, version MUST be v2"). */
  readonly extensions: boolean
  /** Whether an entry may name its certificate's issuer (section 5.3.3). */
  readonly indirect: boolean
  /** Whether removeFromCRL is allowed (section 5.3.1). */
  readonly delta: boolean
}

/** removeFromCRL (section 5.3.1). */
export const removeFromCrl = 8

/** A cursor before the first entry between two offsets. */
export const newEntryCursor = (source: Bytes, from: number, limit: number): EntryCursor => ({
  source,
  limit,
  from,
  at: from,
  serialFrom: 0,
  serialTo: 0,
  revocationDate: 0,
  reasonCode: -1,
  issuerFrom: 0,
  issuerTo: 0,
  unhandled: false,
})

// Scratch: nothing here awaits, so one of each is enough.
const entry = newSpan()
const element = newSpan()
const extension = newSpan()
const inner = newSpan()

/**
 * Moves on to the next entry and reads it strictly.
 * @returns false at the end, where `at` is `limit`, and at an entry that is malformed, where it is not
 */
export function nextEntry(cursor: EntryCursor, rules: EntryRules): boolean {
  const { source, limit, at } = cursor
  cursor.from = at
  cursor.reasonCode = -1
  if (!scanTagged(entry, source, at, limit, 0x30)) return false
  if (!scanTagged(element, source, entry.contents, entry.end, 0x02)) return false
  if (!isInteger(element, source)) return false
  cursor.serialFrom = element.contents
  cursor.serialTo = element.end
  if (!scanElement(element, source, element.end, entry.end)) return false
  cursor.revocationDate = timeOf(element, source)
  if (Number.isNaN(cursor.revocationDate)) return false
  const end = entry.end
  if (element.end !== end && !readEntryExtensions(cursor, rules, element.end, end)) return false
  cursor.at = end
  return true
}

/** Extensions: one or more, and nothing behind them. */
function readEntryExtensions(
  cursor: EntryCursor,
  rules: EntryRules,
  from: number,
  end: number,
): boolean {
  if (!rules.extensions || !scanTagged(element, cursor.source, from, end, 0x30)) return false
  if (element.end !== end || element.contents === end) return false
  let seen = 0
  for (let at = element.contents; at < end; at = extension.end) {
    if (!scanTagged(extension, cursor.source, at, end, 0x30)) return false
    const known = readEntryExtension(cursor, rules)
    if (known < 0 || (known & seen) !== 0) return false // no extension twice
    seen |= known
  }
  return true
}

const reasonBit = 1
const dateBit = 2
const issuerBit = 4

/** @returns the bit of a known extension, 0 for another one, -1 for a malformed one */
function readEntryExtension(cursor: EntryCursor, rules: EntryRules): number {
  const { source } = cursor
  const { end } = extension
  if (!scanTagged(inner, source, extension.contents, end, 0x06)) return -1
  if (!isObjectIdentifier(inner, source)) return -1
  const known = knownBit(source, inner)
  let at = inner.end
  const critical = scanTagged(inner, source, at, end, 0x01)
  if (critical) {
    // X.690 section 11.5: FALSE is the default, and so it is not encoded.
    if (inner.end - inner.contents !== 1 || source[inner.contents] !== 0xff) return -1
    at = inner.end
  }
  if (!scanTagged(inner, source, at, end, 0x04) || inner.end !== end) return -1
  if (known === 0) {
    if (critical) cursor.unhandled = true
    return 0
  }
  return readKnownExtension(cursor, rules, known) ? known : -1
}

/** Reads the value that `inner` holds. */
function readKnownExtension(cursor: EntryCursor, rules: EntryRules, known: number): boolean {
  const { source } = cursor
  const { contents: from, end } = inner
  if (!scanElement(inner, source, from, end) || inner.end !== end) return false
  switch (known) {
    case reasonBit:
      if (inner.tag !== 0x0a || inner.end - inner.contents !== 1) return false
      cursor.reasonCode = source[inner.contents] ?? 0
      if (cursor.reasonCode > 0x7f) return false
      return rules.delta || cursor.reasonCode !== removeFromCrl
    case dateBit:
      // Section 5.3.2: the invalidity date is not used.
      return inner.tag === 0x18 && !Number.isNaN(timeOf(inner, source))
    default: {
      if (!rules.indirect || inner.tag !== 0x30 || inner.contents === inner.end) return false
      cursor.issuerFrom = from
      cursor.issuerTo = end
      return true
    }
  }
}

/** id-ce is 2.5.29: 55 1D, and one octet more for each of these. */
function knownBit(source: Bytes, { contents, end }: Span): number {
  if (end - contents !== 3 || source[contents] !== 0x55 || source[contents + 1] !== 0x1d) return 0
  switch (source[contents + 2]) {
    case 21: // section 5.3.1
      return reasonBit
    case 24: // section 5.3.2
      return dateBit
    case 29: // section 5.3.3
      return issuerBit
    default:
      return 0
  }
}

/** The names of an entry's certificate issuer; null if it has none, or they are malformed. */
export const certificateIssuerOf = (cursor: EntryCursor): readonly GeneralName[] | null =>
  readValue(cursor.source.subarray(cursor.issuerFrom, cursor.issuerTo), readGeneralNamesOf)
