/** One way to do a job. */
export type Side = {
  /** What stands in the table. */
  readonly label: string
  /** Does the job that many times in a row, and throws where it cannot. */
  readonly run: (times: number) => Promise<void> | void
}

/**
 * A figure: by `rate` how often `ours` does the job in a CPU second for one time of `theirs` (more is
 * better), by `cost` how much CPU it takes for one of theirs (less is better).
 */
export type Figure = {
  /** In JSON; never changes its meaning. */
  readonly name: string
  readonly ours: string
  readonly theirs: string
  readonly by: 'rate' | 'cost'
}

/** Sides that do the same job in turns, and what is to be known of them. */
export type Contest = {
  readonly title: string
  readonly sides: Readonly<Record<string, Side>>
  readonly figures: readonly Figure[]
}

/** A part of the bench: `--only` knows it by its name. */
export type Part = {
  readonly about: string
  /** Makes what the sides need, outside of what is measured. */
  readonly prepare: () => Promise<readonly Contest[]>
}
