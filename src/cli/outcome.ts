/** The result of a command. Faults throw; the runner prints them and exits with status 1. */
export type Outcome =
  | {
      readonly kind: 'done'
      /** Standard output, one entry a line. The runner escapes it. */
      readonly lines: readonly string[]
      /** Standard output with `--json`. */
      readonly json: unknown
      /** Standard error: warnings, and what to do next. */
      readonly next: readonly string[]
      /** 1 for a check that failed (`cert verify`, `config check`). */
      readonly status: 0 | 1
    }
  | {
      /** `refused`: status 1, nothing was changed. `usage`: status 2, invalid arguments. */
      readonly kind: 'refused' | 'usage'
      readonly problems: readonly string[]
      /** What to do about it. */
      readonly next: readonly string[]
    }

/** A command that succeeded. */
export const done = (
  lines: readonly string[],
  json: unknown,
  next: readonly string[] = [],
): Outcome => checked(true, lines, json, next)

/** The note of every dry run. */
export const nothingChanged = 'dry run: nothing was changed'

/** The result of a check, on standard output; the status is 1 if it failed. */
export const checked = (
  passed: boolean,
  lines: readonly string[],
  json: unknown,
  next: readonly string[] = [],
): Outcome => ({ kind: 'done', lines, json, next, status: passed ? 0 : 1 })

/** A command that changed nothing, with what to do about it. */
export const refused = (
  problems: string | readonly string[],
  ...next: readonly string[]
): Outcome => ({
  kind: 'refused',
  problems: typeof problems === 'string' ? [problems] : problems,
  next,
})

/** Invalid arguments. */
export const usage = (problem: string, ...next: readonly string[]): Outcome => ({
  kind: 'usage',
  problems: [problem],
  next,
})

/** A fault that an operator can fix, with what to do about it. */
export class OperatorFault extends Error {
  override readonly name = 'OperatorFault'
  readonly next: readonly string[]
  constructor(problem: string, next: readonly string[], cause?: unknown) {
    super(problem, { cause })
    this.next = next
  }
}
