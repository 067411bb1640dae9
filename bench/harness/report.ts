import type { Contest } from './contest.ts'
import type { Machine } from './machine.ts'
import { type Effort, runRounds } from './rounds.ts'
import { ratioOf, type Spread, spreadOf } from './statistics.ts'

/** A contest's outcome. */
export type Result = {
  readonly title: string
  readonly sides: readonly SideResult[]
  readonly figures: readonly FigureResult[]
}

/** In microseconds for one operation. */
type SideResult = { readonly label: string; readonly cpu: Spread; readonly wall: Spread }

type FigureResult = {
  readonly name: string
  readonly meaning: string
  readonly ratio: Spread
}

/** Runs a contest and makes its figures. */
export async function hold(contest: Contest, effort: Effort): Promise<Result> {
  const series = await runRounds(contest, effort)
  const cpuOf = (name: string): readonly number[] => series.get(name)?.cpu ?? []
  const labelOf = (name: string): string => contest.sides[name]?.label ?? name
  return {
    title: contest.title,
    sides: Array.from(series, ([name, { cpu, wall }]) => ({
      label: labelOf(name),
      cpu: spreadOf(cpu),
      wall: spreadOf(wall),
    })),
    figures: contest.figures.map(({ name, ours, theirs, by }) => ({
      name,
      meaning: `${by === 'rate' ? 'per CPU second' : 'CPU time'}, ${labelOf(ours)} / ${labelOf(theirs)}`,
      ratio:
        by === 'rate' ? ratioOf(cpuOf(theirs), cpuOf(ours)) : ratioOf(cpuOf(ours), cpuOf(theirs)),
    })),
  }
}

/** What `--json` writes. */
export type Report = {
  /** The median of every figure by its name. */
  readonly ratios: Readonly<Record<string, number>>
  readonly machine: Machine
  readonly effort: Effort
  /** All of it, with the least and the most of the rounds. */
  readonly results: readonly Result[]
}

/** Puts the parts together. */
export const reportOf = (results: readonly Result[], machine: Machine, effort: Effort): Report => ({
  ratios: Object.fromEntries(
    results.flatMap(({ figures }) => figures.map(({ name, ratio }) => [name, ratio.median])),
  ),
  ...{ machine, effort, results },
})
