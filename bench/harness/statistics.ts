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
export const ratioOf = (over: readonly number[], under: readonly number[]): Spread =>
  spreadOf(roundByRound(over, under, (value, other) => value / other))

/** What one series takes more than another, round by round as in {@link ratioOf}. */
export const differenceOf = (
  of: readonly number[],
  less: readonly number[],
  unit: number,
): Spread => spreadOf(roundByRound(of, less, (value, other) => (value - other) * unit))

/** The value below which a share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  if (value === undefined) throw new Error('no values')
  return value
}

/** A value that was measured once. */
export const once = (value: number): Spread => ({ median: value, min: value, max: value })

function roundByRound(
  one: readonly number[],
  other: readonly number[],
  combine: (value: number, other: number) => number,
): number[] {
  if (one.length !== other.length) throw new Error('not measured in the same rounds')
  return one.map((value, round) => combine(value, other[round] ?? Number.NaN))
}
