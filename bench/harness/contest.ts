/** One way to do a job. */
export type Side = {
  /** What stands in the table. */
  readonly label: string
  /** Does the job that many times in a row, and throws where it cannot. */
  readonly run: (times: number) => Promise<void> | void
  /**
   * CPU time so far, in microseconds, of the process that does the job, where that is another than
   * this one.
   */
  readonly cpuTime?: () => number
}

/**
 * A figure of two sides: by `rate` how often `ours` does the job in a CPU second for one time of
 * `theirs`, by `throughput` the same in a second of the clock (more is better); by `cost` how much CPU
 * it takes for one of theirs, by `extra_ms` how many milliseconds of CPU it takes more (less is better).
 */
export type Figure = {
  /** In JSON; never changes its meaning. */
  readonly name: string
  readonly ours: string
  readonly theirs: string
  readonly by: 'rate' | 'throughput' | 'cost' | 'extra_ms'
}

/** Sides that do the same job in turns, and what is to be known of them. */
export type Contest = {
  readonly title: string
  readonly sides: Readonly<Record<string, Side>>
  readonly figures: readonly Figure[]
}
