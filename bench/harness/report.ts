import type { Contest, Figure } from './contest.ts'
import type { Machine } from './machine.ts'
import type { Depth } from './part.ts'
import { type Effort, runRounds, type Series } from './rounds.ts'
import { differenceOf, ratioOf, type Spread, spreadOf } from './statistics.ts'

/** The results of a contest. */
export type Result = {
  readonly title: string
  readonly sides: readonly SideResult[]
  readonly figures: readonly FigureResult[]
}

/** The measures of a side by name, in microseconds. */
export type SideResult = {
  readonly label: string
  readonly measures: Readonly<Record<string, Spread>>
}

/** A figure: its name in `ratios`, its meaning and its values. */
export type FigureResult = {
  readonly name: string
  readonly meaning: string
  readonly ratio: Spread
}

/** Runs a contest and computes its figures. */
export async function runContest(contest: Contest, effort: Effort): Promise<Result> {
  const series = await runRounds(contest, effort)
  const of = (name: string): Series => series.get(name) ?? { cpu: [], wall: [] }
  const labelOf = (name: string): string => contest.sides[name]?.label ?? name
  return {
    title: contest.title,
    sides: Array.from(series, ([name, { cpu, wall }]) => ({
      label: labelOf(name),
      measures: { CPU: spreadOf(cpu), 'wall time': spreadOf(wall) },
    })),
    figures: contest.figures.map(({ name, ours, theirs, by }) => ({
      name,
      meaning: meanings[by](labelOf(ours), labelOf(theirs)),
      ratio: figures[by](of(ours), of(theirs)),
    })),
  }
}

const figures: Readonly<Record<Figure['by'], (ours: Series, theirs: Series) => Spread>> = {
  rate: (ours, theirs) => ratioOf(theirs.cpu, ours.cpu),
  throughput: (ours, theirs) => ratioOf(theirs.wall, ours.wall),
  cost: (ours, theirs) => ratioOf(ours.cpu, theirs.cpu),
  extra_ms: (ours, theirs) => differenceOf(ours.cpu, theirs.cpu, 1 / 1000),
}

const meanings: Readonly<Record<Figure['by'], (ours: string, theirs: string) => string>> = {
  rate: (ours, theirs) => `per CPU second, ${ours} / ${theirs}`,
  throughput: (ours, theirs) => `per second, ${ours} / ${theirs}`,
  cost: (ours, theirs) => `CPU time, ${ours} / ${theirs}`,
  extra_ms: (ours, theirs) => `ms of CPU, ${ours} less ${theirs}`,
}

/** The JSON report. */
export type Report = {
  /** The median of each figure by its name. */
  readonly ratios: Readonly<Record<string, number>>
  readonly machine: Machine
  readonly depth: Depth
  /** All results, with minimum and maximum of the rounds. */
  readonly results: readonly Result[]
}

/** Combines the results into a report. */
export const reportOf = (results: readonly Result[], machine: Machine, depth: Depth): Report => ({
  ratios: Object.fromEntries(
    results.flatMap(({ figures }) => figures.map(({ name, ratio }) => [name, ratio.median])),
  ),
  machine,
  depth,
  results,
})
