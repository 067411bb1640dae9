import { type Bytes, fromAscii } from '../../encoding/bytes.ts'
import { elementsOf, readAll } from '../../encoding/der-values.ts'
import { readName } from '../names/read-name.ts'
import type { Element } from '../schema.ts'

/** A GeneralName (RFC 5280 section 4.2.1.6). Texts are ASCII, and otherwise as found. */
export type GeneralName =
  | { readonly type: 'dns' | 'uri' | 'email'; readonly text: string }
  /** An address; in name constraints address and mask. */
  | { readonly type: 'ip'; readonly octets: Bytes }
  | { readonly type: 'directory'; readonly der: Bytes }
  /** otherName, x400Address, ediPartyName or registeredID by its number, or an unknown form by its tag. */
  | { readonly type: 'other'; readonly number: number; readonly der: Bytes }

/** Reads the elements of GeneralNames: one or more. */
export function readGeneralNames(elements: readonly Element[]): readonly GeneralName[] | null {
  const names = readAll(elements, (element) => readGeneralName(element, addressLengths))
  return elements.length > 0 ? names : null
}

/** Reads GeneralNames: the value of subjectAltName, for example. */
export const readGeneralNamesOf = (element: Element): readonly GeneralName[] | null =>
  readGeneralNames(elementsOf(element) ?? [])

/** In octets: IPv4 and IPv6. */
const addressLengths: readonly number[] = [4, 16]

/**
 * Reads one GeneralName by its context-specific tag; null if it is malformed.
 * @param ipLengths the lengths that an iPAddress may have, in octets
 */
export function readGeneralName(
  element: Element,
  ipLengths: readonly number[],
): GeneralName | null {
  const { tag, der, contents: octets } = element
  switch (tag) {
    case 0x81:
      return textName('email', octets)
    case 0x82:
      return textName('dns', octets)
    case 0x86:
      return textName('uri', octets)
    case 0x87:
      return ipLengths.includes(octets.length) ? { type: 'ip', octets } : null
    case 0xa4: // The one explicit tag among them: Name is a CHOICE (X.680 clause 31.2.7).
      return readName(octets) === null ? null : { type: 'directory', der: octets }
    case 0xa0: // otherName
    case 0xa3: // x400Address
    case 0xa5: // ediPartyName
    case 0x88: // registeredID
      return { type: 'other', number: tag & 0x1f, der }
    default:
      // A known form in the wrong encoding is malformed.
      return isKnownForm(tag) ? null : { type: 'other', number: tag, der }
  }
}

function textName(type: 'dns' | 'uri' | 'email', octets: Bytes): GeneralName | null {
  const text = fromAscii(octets)
  return text === null ? null : { type, text }
}

/**
 * Context-specific 0 to 8. Unknown forms are accepted: no registered name equals them, and a path on
 * which they are constrained is refused.
 */
const isKnownForm = (tag: number): boolean => (tag & 0xc0) === 0x80 && (tag & 0x1f) <= 8

/**
 * The members of a SEQUENCE by their context-specific tags, each at most once and in this order;
 * null if it has any other element, or is not a SEQUENCE.
 */
export function membersOf(
  element: Element,
  order: readonly number[],
): readonly (Element | undefined)[] | null {
  const elements = elementsOf(element)
  const places = elements?.map(({ tag }) => order.indexOf(tag))
  const isInOrder = places?.every((place, index) => place > (places[index - 1] ?? -1))
  return isInOrder === true
    ? order.map((_, place) => elements?.[places?.indexOf(place) ?? -1])
    : null
}
