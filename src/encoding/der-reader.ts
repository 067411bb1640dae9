import type { Bytes } from './bytes.ts'
import { isInteger, isObjectIdentifier } from './der-scan.ts'
import { err, ok, type Result } from './result.ts'

/** One element of a DER encoding. */
export type DerNode = {
  /** The identifier octet; in the high-tag-number form with the number above it, times 256. */
  readonly tag: number
  /** The whole element, as a view of the octets it was read from. */
  readonly der: Bytes
  readonly contents: Bytes
  /** The elements inside of a constructed element; none in a primitive one. */
  readonly children: readonly DerNode[]
}

/** Why octets are not the DER of one element. */
export type DerFault =
  | 'truncated'
  | 'trailing_octets'
  | 'too_large'
  | 'too_deep'
  | 'tag'
  | 'indefinite_length'
  | 'length_not_minimal'
  | 'boolean'
  | 'integer'
  | 'bit_string'
  | 'null'
  | 'object_identifier'

/** A fault and the offset of the element that has it. */
export type DerRefusal = { readonly why: DerFault; readonly at: number }

/** The identifier octets of the universal types that certificates use. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const

/** No certificate needs more levels, and the recursion must be bounded. */
const maxDepth = 32
const maxLengthOctets = 4
/** In octets; the longest in use have about forty. Reading one out costs the square of its length. */
const maxObjectIdentifier = 128

/**
 * Walks octets strictly as the DER of exactly one element (X.690 section 10), before they are used:
 * definite and shortest lengths, no octet behind, primitive types in their only form. The order of a
 * SET is not checked: certificates with unsorted RDNs exist, and nothing depends on it. The contents of
 * an OCTET STRING are not walked.
 * @param source must not be changed afterwards: the nodes refer to it
 * @param maxSize in octets
 */
export function readDer(source: Bytes, maxSize: number): Result<DerNode, DerRefusal> {
  if (source.length > maxSize) return err({ why: 'too_large', at: 0 })
  const node = readNode(source, 0, source.length, 0)
  if (!node.ok) return node
  const { length } = node.value.der
  return length === source.length ? node : err({ why: 'trailing_octets', at: length })
}

/**
 * Counts the elements of a walked encoding, those inside of OCTET STRINGs that hold DER included.
 * @returns the count, or `limit + 1` for anything above the limit
 */
export function countElements({ tag, contents, children }: DerNode, limit: number): number {
  let count = 1
  for (const child of children) {
    if (count > limit) break
    count += countElements(child, limit - count)
  }
  if (tag === tags.octetString && count <= limit) {
    const inner = readDer(contents, contents.length)
    if (inner.ok) count += countElements(inner.value, limit - count)
  }
  return Math.min(count, limit + 1)
}

function readNode(
  source: Bytes,
  start: number,
  limit: number,
  depth: number,
): Result<DerNode, DerRefusal> {
  if (depth > maxDepth) return err({ why: 'too_deep', at: start })
  const identifier = readIdentifier(source, start, limit)
  if (typeof identifier === 'string') return err({ why: identifier, at: start })
  const { tag } = identifier
  const header = readLength(source, identifier.end, limit)
  if (typeof header === 'string') return err({ why: header, at: start })
  const { contents: from, end } = header
  const children: DerNode[] = []
  if ((tag & 0x20) === 0) {
    const fault = primitiveFault(tag, source, from, end)
    if (fault !== null) return err({ why: fault, at: start })
  } else {
    for (let at = from; at < end; ) {
      const child = readNode(source, at, end, depth + 1)
      if (!child.ok) return child
      children.push(child.value)
      at += child.value.der.length
    }
  }
  const der = source.subarray(start, end)
  return ok({ tag, der, contents: source.subarray(from, end), children })
}

/** X.690 section 8.1.2: one octet, or for numbers from 31 the high-tag-number form, minimal too. */
function readIdentifier(
  source: Bytes,
  start: number,
  limit: number,
): { tag: number; end: number } | DerFault {
  const first = source[start]
  if (first === undefined || start >= limit) return 'truncated'
  if ((first & 0x1f) !== 0x1f) return isLowTag(first) ? { tag: first, end: start + 1 } : 'tag'
  let number = 0
  for (let at = start + 1; at < limit && at <= start + 4; at++) {
    const octet = source[at] ?? 0
    number = number * 128 + (octet & 0x7f)
    if (number === 0) return 'tag' // a leading 80
    if (octet >= 0x80) continue
    const isUniversal = (first & 0xc0) === 0
    return number < 31 || isUniversal ? 'tag' : { tag: number * 256 + first, end: at + 1 }
  }
  return 'tag'
}

/** X.690 sections 8.9, 8.11 and 10.2: only SEQUENCE and SET are constructed, and always. */
function isLowTag(tag: number): boolean {
  const number = tag & 0x1f
  if ((tag & 0xc0) !== 0) return true
  return number === 0x10 || number === 0x11
    ? (tag & 0x20) !== 0
    : (tag & 0x20) === 0 && number !== 0
}

/** X.690 section 10.1: the definite form in the fewest octets. */
function readLength(
  source: Bytes,
  at: number,
  limit: number,
): { contents: number; end: number } | DerFault {
  const first = source[at]
  if (first === undefined || at >= limit) return 'truncated'
  if (first === 0x80) return 'indefinite_length'
  const count = first < 0x80 ? 0 : first & 0x7f
  if (count > maxLengthOctets) return 'too_large'
  if (at + count >= limit && count > 0) return 'truncated'
  let length = count === 0 ? first : 0
  for (let i = 1; i <= count; i++) length = length * 256 + (source[at + i] ?? 0)
  if (count > 0 && (length < 0x80 || source[at + 1] === 0)) return 'length_not_minimal'
  const contents = at + 1 + count
  return contents + length > limit ? 'truncated' : { contents, end: contents + length }
}

function primitiveFault(tag: number, source: Bytes, from: number, to: number): DerFault | null {
  switch (tag) {
    case 0x01: // section 11.1
      return to - from === 1 && (source[from] === 0 || source[from] === 0xff) ? null : 'boolean'
    case 0x02: // section 8.3.2
    case 0x0a:
      return isInteger({ contents: from, end: to }, source) ? null : 'integer'
    case 0x03:
      return isBitString(source, from, to) ? null : 'bit_string'
    case 0x05: // section 8.8.2
      return to === from ? null : 'null'
    case 0x06:
      return to - from <= maxObjectIdentifier &&
        isObjectIdentifier({ contents: from, end: to }, source)
        ? null
        : 'object_identifier'
    default:
      return null
  }
}

/** X.690 sections 8.6.2 and 11.2.1: the unused bits are fewer than eight, there, and zero. */
function isBitString(source: Bytes, from: number, to: number): boolean {
  const unused = source[from]
  if (unused === undefined || to === from || unused > 7) return false
  if (to - from === 1) return unused === 0
  return ((source[to - 1] ?? 0) & ((1 << unused) - 1)) === 0
}
