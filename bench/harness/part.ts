import type { Contest } from './contest.ts'
import { type Result, runContest } from './report.ts'
import type { Effort } from './rounds.ts'

/** How long to measure. `quick` only shows that the bench works. */
export type Depth = 'thorough' | 'quick'

/** A part of the bench. `--only` selects it by its name. */
export type Part = {
  readonly about: string
  /** Measures. Stops everything it has started, also if it fails. */
  readonly run: (depth: Depth) => AsyncIterable<Result>
}

/** For sides that run in this process. */
const inProcess: Readonly<Record<Depth, Effort>> = {
  thorough: { rounds: 15, roundTime: 60, warmUpTime: 800 },
  quick: { rounds: 3, roundTime: 5, warmUpTime: 0 },
}

/**
 * For servers: many short rounds, because the speed of a shared machine varies. Optimising compilers
 * need some thousand requests.
 */
export const ofServers: Readonly<Record<Depth, Effort>> = {
  thorough: { rounds: 41, roundTime: 100, warmUpTime: 4000 },
  quick: { rounds: 2, roundTime: 200, warmUpTime: 0 },
}

/**
 * A part with contests in this process.
 * @param prepare creates what the sides need; it is not measured
 */
export const contests = (about: string, prepare: () => Promise<readonly Contest[]>): Part => ({
  about,
  async *run(depth) {
    for (const contest of await prepare()) yield runContest(contest, inProcess[depth])
  },
})
