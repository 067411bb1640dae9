import type { DerNode } from '../../encoding/der-reader.ts'
import { contentsOf, elementsOf, octetStringOf } from '../../encoding/der-values.ts'
import { toHex } from '../../encoding/hex.ts'
import { addressLengths, readGeneralName } from './general-name.ts'

/** Reads SubjectKeyIdentifier (RFC 5280 section 4.2.1.2) as lower-case hexadecimal. */
export function readSubjectKeyIdentifier(node: DerNode): string | null {
  const octets = octetStringOf(node)
  return octets === null ? null : toHex(octets)
}

/**
 * Reads AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1). Only its keyIdentifier is of use, and
 * that only to try the likelier issuer first; it may be absent.
 */
export function readAuthorityKeyIdentifier(
  node: DerNode,
): { readonly keyIdentifier: string | null } | null {
  const elements = elementsOf(node)
  if (elements === null || !isAscending(elements.map((element) => element.tag & 0x1f))) return null
  const keyIdentifier = elements.find((element) => element.tag === 0x80)
  const issuer = elements.find((element) => element.tag === 0xa1)
  const serial = elements.find((element) => element.tag === 0x82)
  if (elements.some((element) => ![0x80, 0xa1, 0x82].includes(element.tag))) return null
  // "both MUST be present or both MUST be absent"
  if ((issuer === undefined) !== (serial === undefined)) return null
  if (issuer?.children.some((name) => readGeneralName(name, addressLengths) === null)) return null
  if (issuer?.children.length === 0) return null
  return { keyIdentifier: keyIdentifier === undefined ? null : toHex(contentsOf(keyIdentifier)) }
}

const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
