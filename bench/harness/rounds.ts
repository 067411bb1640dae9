import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Contest, Side } from './contest.ts'

/** How long to measure. */
export type Effort = {
  readonly rounds: number
  /** How long a side runs in a round, about, in milliseconds of wall time. */
  readonly roundTime: number
  /** How long a side runs before anything is measured, at least: optimising compilers need that. */
  readonly warmUpTime: number
}

/** Of one side, round by round, in microseconds for one operation. */
export type Series = {
  /** Of the whole process: WebCrypto and the garbage collector work in threads of their own. */
  readonly cpu: readonly number[]
  readonly wall: readonly number[]
}

type Measured = { readonly cpu: number; readonly wall: number }

/**
 * Lets the sides of a contest run in turns. Each round goes through all of them, every second one
 * backwards, so that a neighbour's noise and a machine that gets slower meet all sides alike.
 */
export async function runRounds(contest: Contest, effort: Effort): Promise<Map<string, Series>> {
  const entrants: { name: string; side: Side; times: number; cpu: number[]; wall: number[] }[] = []
  for (const [name, side] of Object.entries(contest.sides)) {
    const times = await timesFor(side, effort)
    entrants.push({ name, side, times, cpu: [], wall: [] })
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      const { cpu, wall } = await measure(entrant.side, entrant.times)
      entrant.cpu.push(cpu / entrant.times)
      entrant.wall.push(wall / entrant.times)
    }
  }
  return new Map(entrants.map(({ name, cpu, wall }) => [name, { cpu, wall }]))
}

/** How many operations fill a round; finding out warms the side up. */
async function timesFor(side: Side, { roundTime, warmUpTime }: Effort): Promise<number> {
  let times = 1
  let spent = 0
  for (;;) {
    const { wall } = await measure(side, times)
    spent += wall / 1000
    if (wall / 1000 < roundTime / 2) times *= 2
    else if (spent >= warmUpTime) return Math.max(1, Math.round((times * roundTime * 1000) / wall))
  }
}

// Node has no other way in from a running program.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

/** So much of what is measured is done before, unmeasured. */
const leadIn = 0.25

async function measure(side: Side, times: number): Promise<Measured> {
  // What the side before left in the processor's caches is not this one's expense, nor is being woken.
  await side.run(Math.ceil(times * leadIn))
  // The young garbage of the side before is not this one's expense. The old generation is let be: a
  // full collection each time would also throw away compiled code.
  collect({ type: 'minor' })
  const cpuTime = side.cpuTime ?? ownCpuTime
  const cpuBefore = cpuTime()
  const before = process.hrtime.bigint()
  await side.run(times)
  const wall = Number(process.hrtime.bigint() - before) / 1000
  return { cpu: cpuTime() - cpuBefore, wall }
}

function ownCpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
