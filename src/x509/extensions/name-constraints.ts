import { elementsOf, readAll } from '../../encoding/der-values.ts'
import type { Element } from '../schema.ts'
import { type GeneralName, membersOf, readGeneralName } from './general-name.ts'

/** RFC 5280 section 4.2.1.10: the bases of the subtrees; an absent list is empty. */
export type NameConstraints = {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** Reads NameConstraints; one list at least, and "minimum" and "maximum" at their defaults. */
export function readNameConstraints(element: Element): NameConstraints | null {
  const members = membersOf(element, [0xa0, 0xa1])
  if (members === null || element.children.length === 0) return null
  const [permitted, excluded] = members.map(readSubtrees)
  return permitted == null || excluded == null ? null : { permitted, excluded }
}

/** Address and mask, in octets. */
const constraintLengths = [8, 32]

function readSubtrees(list: Element | undefined): readonly GeneralName[] | null {
  if (list === undefined) return []
  const bases = readAll(list.children, (subtree) => {
    const [base, ...distances] = elementsOf(subtree) ?? []
    // "minimum MUST be zero, and maximum MUST be absent": DER then has neither.
    return base === undefined || distances.length > 0
      ? null
      : readGeneralName(base, constraintLengths)
  })
  return list.children.length > 0 ? bases : null
}
