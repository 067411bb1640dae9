/** What rounds of one measurement come to. */
export type Spread = {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new Error('no values')
  return (lower + upper) / 2
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/**
 * The ratio of two series that were measured in the same rounds: divided round by round, since what
 * else the machine does in a round slows both.
 */
export function ratioOf(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) throw new Error('not measured in the same rounds')
  return spreadOf(over.map((value, round) => value / (under[round] ?? Number.NaN)))
}
