/** What became of a command. Faults throw; the runner turns them into words and status 1. */
export type Outcome =
  | {
      readonly kind: 'done'
      /** Standard output for people, one entry a line. Escaped by the runner, not here. */
      readonly lines: readonly string[]
      /** Standard output under `--json`. */
      readonly json: unknown
      /** Standard error: what an operator would do next. */
      readonly next: readonly string[]
      /** 1 where the result itself is a "no" (`cert verify`, `config check`). */
      readonly status: 0 | 1
    }
  | {
      /** `refused` is status 1: nothing was changed. `usage` is status 2: the words made no sense. */
      readonly kind: 'refused' | 'usage'
      readonly problems: readonly string[]
      /** What to do about it. */
      readonly next: readonly string[]
    }

/** A command that did what it was asked. */
export const done = (
  lines: readonly string[],
  json: unknown,
  next: readonly string[] = [],
): Outcome => ({ kind: 'done', lines, json, next, status: 0 })

/** A check whose answer is no: the answer goes to standard output, the status is 1. */
export const failedCheck = (
  lines: readonly string[],
  json: unknown,
  next: readonly string[] = [],
): Outcome => ({ kind: 'done', lines, json, next, status: 1 })

/** A command that changed nothing, and says what to do about it. */
export const refused = (
  problems: string | readonly string[],
  ...next: readonly string[]
): Outcome => ({
  kind: 'refused',
  problems: typeof problems === 'string' ? [problems] : problems,
  next,
})

/** A command line that cannot be understood. */
export const usage = (problem: string, ...next: readonly string[]): Outcome => ({
  kind: 'usage',
  problems: [problem],
  next,
})

/** A fault that an operator can do something about: the words of it, and what to do. */
export class OperatorFault extends Error {
  override readonly name = 'OperatorFault'
  readonly next: readonly string[]
  constructor(problem: string, next: readonly string[], cause?: unknown) {
    super(problem, { cause })
    this.next = next
  }
}
