/** Pseudo-random choices. The same seed gives the same choices, so that a failure can be reproduced. */
export type Random = {
  /** An integer from 0 up to, but not including, `bound`. */
  readonly below: (bound: number) => number
  readonly pick: <T>(list: readonly T[]) => T
  /** A list of `count` picks. */
  readonly some: <T>(list: readonly T[], count: number) => T[]
  readonly chance: (probability: number) => boolean
}

/** Mulberry32: small, and good enough to pick from tables. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[below(list.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }
  const some = <T>(list: readonly T[], count: number): T[] =>
    Array.from({ length: count }, () => pick(list))
  return { below, pick, some, chance: (probability) => next() < probability }
}
