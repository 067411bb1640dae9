import type { Contest } from './contest.ts'
import { hold, type Result } from './report.ts'
import type { Effort } from './rounds.ts'

/** How much work to put into it; `quick` shows that it works, not how fast. */
export type Depth = 'thorough' | 'quick'

/** A part of the bench: `--only` knows it by its name. */
export type Part = {
  readonly about: string
  /** Measures; what it has started it has stopped when it ends, however it ends. */
  readonly run: (depth: Depth) => AsyncIterable<Result>
}

/** Of sides that run in this process. */
const inProcess: Readonly<Record<Depth, Effort>> = {
  thorough: { rounds: 15, roundTime: 60, warmUpTime: 800 },
  quick: { rounds: 3, roundTime: 5, warmUpTime: 0 },
}

/**
 * Of servers: many short rounds, since a shared machine is fast and slow by turns; optimising compilers
 * need some thousand requests.
 */
export const ofServers: Readonly<Record<Depth, Effort>> = {
  thorough: { rounds: 41, roundTime: 100, warmUpTime: 4000 },
  quick: { rounds: 2, roundTime: 200, warmUpTime: 0 },
}

/**
 * A part that is contests in this process.
 * @param prepare makes what the sides need, outside of what is measured
 */
export const contests = (about: string, prepare: () => Promise<readonly Contest[]>): Part => ({
  about,
  async *run(depth) {
    for (const contest of await prepare()) yield hold(contest, inProcess[depth])
  },
})
