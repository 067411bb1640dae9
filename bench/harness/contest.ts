/** One implementation of a job. */
export type Side = {
  /** The label in the table. */
  readonly label: string
  /** Does the job `times` times in a row. Throws if it fails. */
  readonly run: (times: number) => Promise<void> | void
  /**
   * The CPU time so far, in microseconds, of the process that does the job. Absent: this process.
   */
  readonly cpuTime?: () => number
}

/**
 * A comparison of two sides. More is better for `rate` (jobs per CPU second, ours / theirs) and
 * `throughput` (jobs per second of wall time, ours / theirs). Less is better for `cost` (CPU time,
 * ours / theirs) and `extra_ms` (milliseconds of CPU, ours - theirs).
 */
export type Figure = {
  /** The name in the JSON report. Its meaning never changes. */
  readonly name: string
  readonly ours: string
  readonly theirs: string
  readonly by: 'rate' | 'throughput' | 'cost' | 'extra_ms'
}

/** Sides that do the same job in turns, and the figures to compute. */
export type Contest = {
  readonly title: string
  readonly sides: Readonly<Record<string, Side>>
  readonly figures: readonly Figure[]
}
