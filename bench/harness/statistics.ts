/** The values of the rounds of one measurement. */
export type Spread = {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle value, or the mean of the two middle values. */
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
 * The ratio of two series from the same rounds. It is computed for each round, because other load on
 * the machine slows both sides of a round.
 */
export const ratioOf = (numerators: readonly number[], denominators: readonly number[]): Spread =>
  spreadOf(forEachRound(numerators, denominators, (value, other) => value / other))

/** The difference of two series, computed for each round as in {@link ratioOf}. */
export const differenceOf = (
  of: readonly number[],
  less: readonly number[],
  unit: number,
): Spread => spreadOf(forEachRound(of, less, (value, other) => (value - other) * unit))

/** The value below which a share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  if (value === undefined) throw new Error('no values')
  return value
}

/** The spread of a single value. */
export const once = (value: number): Spread => ({ median: value, min: value, max: value })

function forEachRound(
  one: readonly number[],
  other: readonly number[],
  combine: (value: number, other: number) => number,
): number[] {
  if (one.length !== other.length) throw new Error('not measured in the same rounds')
  return one.map((value, round) => combine(value, other[round] ?? Number.NaN))
}
