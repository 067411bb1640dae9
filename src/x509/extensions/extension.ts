import type { Bytes } from '../../encoding/bytes.ts'
import type { DerNode } from '../../encoding/der-reader.ts'
import { booleanOf, elementsOf, octetStringOf, oidOf } from '../../encoding/der-values.ts'

/** An extension, its value still closed. */
export type Extension = {
  readonly oid: string
  readonly critical: boolean
  /** The octets inside of the OCTET STRING. */
  readonly value: Bytes
}

/** Reads `Extensions` (RFC 5280 section 4.1): one or more; null where the syntax is wrong. */
export function readExtensions(node: DerNode): readonly Extension[] | null {
  const extensions = elementsOf(node)?.map(readExtension)
  if (extensions === undefined || extensions.length === 0) return null
  return extensions.every((extension) => extension !== null) ? extensions : null
}

function readExtension(node: DerNode): Extension | null {
  const elements = elementsOf(node) ?? []
  const critical = elements.length === 3 ? booleanOf(elements[1]) : false
  const oid = oidOf(elements[0])
  const value = octetStringOf(elements[elements.length - 1])
  if (oid === null || value === null || elements.length < 2 || elements.length > 3) return null
  // X.690 section 11.5: a DEFAULT value (FALSE) is not encoded.
  if (critical === null || (elements.length === 3 && !critical)) return null
  return { oid, critical, value }
}
