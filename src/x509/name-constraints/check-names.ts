import type { NameConstraints } from '../extensions/known-extensions.ts'
import type { ConstrainedName, NameForm, OtherName } from './constrained-name.ts'
import { type SubtreesByForm, subtreesByForm } from './subtrees.ts'

/** Which name breaks a constraint, and how. */
export type NameRefusal = {
  readonly reason: 'name_constraints'
  /** `not_comparable`: name or constraint cannot be read, or no constraint of the form is evaluated. */
  readonly why: 'not_permitted' | 'excluded' | 'not_comparable'
  readonly form: NameForm | 'other'
  readonly name: string
}

/** A nameConstraints extension that is ready to be applied. */
export type PreparedConstraints = {
  readonly permitted: SubtreesByForm
  readonly excluded: SubtreesByForm
  /** The numbers of the forms that are constrained and not evaluated. */
  readonly others: ReadonlySet<number>
  /** How many subtrees there are in all. */
  readonly size: number
}

/**
 * How many names times subtrees. Real certificates have far fewer, and other validators have the same
 * limit. Lookups do not multiply them, but preparing that many takes time.
 */
const maxPairs = 1 << 20

/** Makes an extension ready to be applied to many names. */
export const prepareConstraints = ({
  permitted,
  excluded,
}: NameConstraints): PreparedConstraints => ({
  permitted: subtreesByForm(permitted),
  excluded: subtreesByForm(excluded),
  others: new Set(
    [...permitted, ...excluded].flatMap((base) => (base.type === 'other' ? [base.number] : [])),
  ),
  size: permitted.length + excluded.length,
})

/**
 * Whether all names keep to one extension (RFC 5280 sections 6.1.3 (b) and (c)). To lie in the
 * intersection of what several extensions permit, and in none of what they exclude, is to keep to
 * each of them: section 6.1.4 (g) needs no state. Critical or not makes no difference.
 * @param budget counts look-ups down
 * @returns null, the first name that does not, or that the budget is spent
 */
export function checkNames(
  constraints: PreparedConstraints,
  names: readonly (ConstrainedName | OtherName)[],
  budget: { names: number },
): NameRefusal | 'spent' | null {
  if (names.length * constraints.size > maxPairs) return 'spent'
  for (const name of names) {
    budget.names -= name.form === 'other' ? 1 : costOf(constraints, name)
    if (budget.names < 0) return 'spent'
    const why = name.form === 'other' ? judgeOther(constraints, name) : judge(constraints, name)
    if (why !== null) return { reason: 'name_constraints', why, form: name.form, name: name.text }
  }
  return null
}

function judge<F extends NameForm>(
  { permitted, excluded }: PreparedConstraints,
  { form, value }: ConstrainedName<F>,
): NameRefusal['why'] | null {
  const within: SubtreesByForm[F] = permitted[form]
  const without: SubtreesByForm[F] = excluded[form]
  if (within === null && without === null) return null
  if (value === null || without?.unreadable === true) return 'not_comparable'
  if (without?.include(value, 'excluded') === true) return 'excluded'
  if (within === null || within.include(value, 'permitted')) return null
  return within.unreadable ? 'not_comparable' : 'not_permitted'
}

function costOf<F extends NameForm>(
  { permitted, excluded }: PreparedConstraints,
  { form, value }: ConstrainedName<F>,
): number {
  if (value === null) return 1
  return 1 + (permitted[form]?.cost(value) ?? 0) + (excluded[form]?.cost(value) ?? 0)
}

/** "MUST either process the constraint or reject the certificate" (section 4.2.1.10). */
const judgeOther = ({ others }: PreparedConstraints, { number }: OtherName) =>
  others.has(number) ? 'not_comparable' : null
