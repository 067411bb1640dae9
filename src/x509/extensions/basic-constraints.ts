import type { DerNode } from '../../encoding/der-reader.ts'
import { booleanOf, elementsOf, smallIntegerOf } from '../../encoding/der-values.ts'

/** RFC 5280 section 4.2.1.9. */
export type BasicConstraints = { readonly cA: boolean; readonly pathLen: number | null }

/** Reads BasicConstraints; an explicit FALSE, which DER forbids, is common enough to be borne. */
export function readBasicConstraints(node: DerNode): BasicConstraints | null {
  const elements = elementsOf(node)
  if (elements === null) return null
  const cA = booleanOf(elements[0])
  const rest = cA === null ? elements : elements.slice(1)
  const pathLen = smallIntegerOf(rest[0])
  if (rest.length > 1 || (rest.length === 1 && pathLen === null)) return null
  return { cA: cA ?? false, pathLen }
}
