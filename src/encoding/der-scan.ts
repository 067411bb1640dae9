import type { Bytes } from './bytes.ts'

/**
 * Where one element of a DER encoding lies, as offsets into its source. One of these is filled again
 * and again where a list has a million elements and none may cost an object.
 */
export type Span = { tag: number; contents: number; end: number }

/** A span for {@link scanElement} to fill. */
export const newSpan = (): Span => ({ tag: 0, contents: 0, end: 0 })

/**
 * Reads the identifier and length of the element that begins at `at`: one identifier octet, the
 * definite form in the fewest octets (X.690 section 10.1), all of it before `limit`. What is inside
 * is for the caller to look at.
 * @returns false if there is no such element; the span is then undefined
 */
export function scanElement(span: Span, source: Bytes, at: number, limit: number): boolean {
  if (at + 2 > limit) return false
  const tag = source[at] ?? 0
  if ((tag & 0x1f) === 0x1f) return false
  let length = source[at + 1] ?? 0
  let contents = at + 2
  if (length >= 0x80) {
    const count = length & 0x7f
    if (count === 0 || count > 4 || contents + count > limit) return false
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (source[contents + i] ?? 0)
    if (length < 0x80 || source[contents] === 0) return false
    contents += count
  }
  if (contents + length > limit) return false
  span.tag = tag
  span.contents = contents
  span.end = contents + length
  return true
}

/** {@link scanElement} for an element that must have the given identifier octet. */
export const scanTagged = (
  span: Span,
  source: Bytes,
  at: number,
  limit: number,
  tag: number,
): boolean => scanElement(span, source, at, limit) && span.tag === tag

/** The contents of a span or an element, as offsets into the source. */
type Contents = { readonly contents: number; readonly end: number }

/** Whether contents are those of an INTEGER in the fewest octets (X.690 section 8.3.2). */
export function isInteger({ contents, end }: Contents, source: Bytes): boolean {
  if (end === contents) return false
  if (end - contents === 1) return true
  const first = source[contents] ?? 0
  const signOfSecond = (source[contents + 1] ?? 0) & 0x80
  return !((first === 0 && signOfSecond === 0) || (first === 0xff && signOfSecond !== 0))
}

/**
 * Whether contents are those of an OBJECT IDENTIFIER, every arc complete and in the fewest octets
 * (X.690 section 8.19.2).
 */
export function isObjectIdentifier({ contents, end }: Contents, source: Bytes): boolean {
  let starts = true
  for (let i = contents; i < end; i++) {
    const octet = source[i] ?? 0
    if (starts && octet === 0x80) return false
    starts = octet < 0x80
  }
  return end > contents && starts
}

/**
 * Reads a span as UTCTime or GeneralizedTime in the only forms that RFC 5280 section 4.1.2.5 allows:
 * UTC, with seconds, without fractions.
 * @returns seconds since the epoch, or NaN
 */
export function timeOf({ tag, contents, end }: Span, source: Bytes): number {
  const yearDigits = tag === 0x17 ? 2 : tag === 0x18 ? 4 : 0
  if (yearDigits === 0 || end - contents !== yearDigits + 11 || source[end - 1] !== 0x5a) {
    return Number.NaN
  }
  let at = contents
  let year = twoDigits(source, at)
  at += 2
  if (yearDigits === 4) {
    year = year * 100 + twoDigits(source, at)
    at += 2
  } else {
    year += year >= 50 ? 1900 : 2000 // section 4.1.2.5.1
  }
  const month = twoDigits(source, at)
  const day = twoDigits(source, at + 2)
  const hour = twoDigits(source, at + 4)
  const minute = twoDigits(source, at + 6)
  const second = twoDigits(source, at + 8)
  // Written so that NaN, which is what no digits are, is refused.
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN
  return daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
}

function twoDigits(source: Bytes, at: number): number {
  const tens = (source[at] ?? 0) - 0x30
  const ones = (source[at + 1] ?? 0) - 0x30
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? Number.NaN : tens * 10 + ones
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Of the proleptic Gregorian calendar, counted in years that begin in March, so that leap days come last. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leapDays + dayOfYear - 719_468
}
