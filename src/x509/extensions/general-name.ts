import type { Bytes } from '../../encoding/bytes.ts'
import type { DerNode } from '../../encoding/der-reader.ts'
import { contentsOf, derOf, elementsOf } from '../../encoding/der-values.ts'
import { readNameNode } from '../names/read-name.ts'
import { isAscii, latin1 } from '../names/string-value.ts'

/** A GeneralName (RFC 5280 section 4.2.1.6). Texts are ASCII, and otherwise as found. */
export type GeneralName =
  | { readonly type: 'dns'; readonly text: string }
  | { readonly type: 'uri'; readonly text: string }
  | { readonly type: 'email'; readonly text: string }
  /** An address; in name constraints address and mask. */
  | { readonly type: 'ip'; readonly octets: Bytes }
  | { readonly type: 'directory'; readonly der: Bytes }
  /** otherName, x400Address, ediPartyName or registeredID by its number, or an unknown form by its tag. */
  | { readonly type: 'other'; readonly number: number; readonly der: Bytes }

/** Reads GeneralNames: one or more. `ipLengths`: 4 and 16, or twice that in name constraints. */
export function readGeneralNames(
  node: DerNode,
  ipLengths: readonly number[] = addressLengths,
): readonly GeneralName[] | null {
  const names = elementsOf(node)?.map((child) => readGeneralName(child, ipLengths)) ?? []
  return names.length > 0 && names.every((name) => name !== null) ? names : null
}

/** In octets: IPv4 and IPv6. */
export const addressLengths: readonly number[] = [4, 16]

/** Reads one GeneralName by its context-specific tag; null where it is none. */
export function readGeneralName(node: DerNode, ipLengths: readonly number[]): GeneralName | null {
  const octets = contentsOf(node)
  switch (node.tag) {
    case 0x81:
      return isAscii(octets) ? { type: 'email', text: latin1(octets) } : null
    case 0x82:
      return isAscii(octets) ? { type: 'dns', text: latin1(octets) } : null
    case 0x86:
      return isAscii(octets) ? { type: 'uri', text: latin1(octets) } : null
    case 0x87:
      return ipLengths.includes(octets.length) ? { type: 'ip', octets } : null
    case 0xa4:
      return readDirectoryName(node)
    case 0xa0: // otherName
    case 0xa3: // x400Address
    case 0xa5: // ediPartyName
    case 0x88: // registeredID
      return { type: 'other', number: node.tag & 0x1f, der: derOf(node) }
    default:
      return isKnownForm(node.tag)
        ? null // a known form in the wrong encoding
        : { type: 'other', number: node.tag, der: derOf(node) }
  }
}

/**
 * Context-specific 0 to 8. Others are borne, as a form that nobody knows: no registered name equals
 * them, and where they are constrained the path is refused.
 */
const isKnownForm = (tag: number): boolean => (tag & 0xc0) === 0x80 && (tag & 0x1f) <= 8

/** The one explicit tag among them: Name is a CHOICE (X.680 clause 31.2.7). */
function readDirectoryName(node: DerNode): GeneralName | null {
  const [name, ...more] = node.children
  if (name === undefined || more.length > 0 || readNameNode(name) === null) return null
  return { type: 'directory', der: derOf(name) }
}
