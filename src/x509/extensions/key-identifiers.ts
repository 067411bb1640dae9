import { SubjectKeyIdentifier } from '@peculiar/asn1-x509'
import { tags } from '../../encoding/der-reader.ts'
import { toHex } from '../../encoding/hex.ts'
import type { Element } from '../schema.ts'
import { membersOf, readGeneralNames } from './general-name.ts'

/** Reads SubjectKeyIdentifier (RFC 5280 section 4.2.1.2) as lower-case hexadecimal. */
export function readSubjectKeyIdentifier(element: Element): string | null {
  const read = element.as(SubjectKeyIdentifier, tags.octetString)
  return read === null ? null : toHex(new Uint8Array(read.buffer))
}

/**
 * Reads AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1). Only its keyIdentifier is used, and only
 * to try the likelier issuer first; it may be absent.
 */
export function readAuthorityKeyIdentifier(
  element: Element,
): { readonly keyIdentifier: string | null } | null {
  const members = membersOf(element, [0x80, 0xa1, 0x82])
  if (members === null) return null
  const [keyIdentifier, issuer, serial] = members
  // "both MUST be present or both MUST be absent"
  if ((issuer === undefined) !== (serial === undefined)) return null
  if (issuer !== undefined && readGeneralNames(issuer.children) === null) return null
  return { keyIdentifier: keyIdentifier === undefined ? null : toHex(keyIdentifier.contents) }
}
