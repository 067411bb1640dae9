import type { DerNode } from '../../encoding/der-reader.ts'
import { elementsOf } from '../../encoding/der-values.ts'
import { type GeneralName, readGeneralName } from './general-name.ts'

/** RFC 5280 section 4.2.1.10: the bases of the subtrees; an absent list is empty. */
export type NameConstraints = {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** Reads NameConstraints; one list at least, and "minimum" and "maximum" at their defaults. */
export function readNameConstraints(node: DerNode): NameConstraints | null {
  const elements = elementsOf(node)
  if (elements === null || elements.length === 0 || elements.length > 2) return null
  const tags = elements.map((element) => element.tag)
  if (!['160', '161', '160,161'].includes(tags.join())) return null
  const permitted = readSubtrees(elements.find((element) => element.tag === 0xa0))
  const excluded = readSubtrees(elements.find((element) => element.tag === 0xa1))
  return permitted === null || excluded === null ? null : { permitted, excluded }
}

/** Address and mask. */
const constraintLengths = [8, 32]

function readSubtrees(list: DerNode | undefined): readonly GeneralName[] | null {
  if (list === undefined) return []
  const bases = list.children.map((subtree) => {
    const [base, ...distances] = elementsOf(subtree) ?? []
    // "minimum MUST be zero, and maximum MUST be absent": DER then has neither.
    return base === undefined || distances.length > 0
      ? null
      : readGeneralName(base, constraintLengths)
  })
  return bases.length > 0 && bases.every((base) => base !== null) ? bases : null
}
