import { type DerNode, tags } from '../encoding/der-reader.ts'
import { contentsOf, elementsOf } from '../encoding/der-values.ts'
import { latin1 } from './names/string-value.ts'

/** Seconds since the epoch, both ends included (RFC 5280 section 4.1.2.5). */
export type Validity = { readonly notBefore: number; readonly notAfter: number }

/** Reads Validity. That the end lies before the beginning is no fault of the syntax. */
export function readValidity(node: DerNode): Validity | null {
  const [first, last, ...more] = elementsOf(node) ?? []
  const notBefore = readTime(first)
  const notAfter = readTime(last)
  return notBefore === null || notAfter === null || more.length > 0 ? null : { notBefore, notAfter }
}

/**
 * Reads Time in the only forms that RFC 5280 sections 4.1.2.5.1 and 4.1.2.5.2 allow: UTC, with
 * seconds, without fractions. Null for anything else, a day that does not exist among it.
 */
export function readTime(node: DerNode | undefined): number | null {
  if (node?.tag === tags.utcTime) {
    const text = latin1(contentsOf(node))
    // "YY is greater than or equal to 50: 19YY"
    return readDigits((text >= '5' ? '19' : '20') + text)
  }
  return node?.tag === tags.generalizedTime ? readDigits(latin1(contentsOf(node))) : null
}

function readDigits(text: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // What a calendar would carry over (30 February, 24 o'clock, second 60) comes out changed.
  const same = date.toISOString().replace(/[-:T]|\.\d+Z$/g, '') === text.slice(0, -1)
  return same ? date.getTime() / 1000 : null
}
