import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Contest, Side } from './contest.ts'

/** How long to measure. */
export type Effort = {
  readonly rounds: number
  /** The approximate wall time of a side in a round, in milliseconds. */
  readonly roundTime: number
  /** The least wall time before the measurement, in milliseconds: optimising compilers need it. */
  readonly warmUpTime: number
}

/** The measures of one side, one value a round, in microseconds for one operation. */
export type Series = {
  /** Of the whole process: WebCrypto and the garbage collector have their own threads. */
  readonly cpu: readonly number[]
  readonly wall: readonly number[]
}

type Measured = { readonly cpu: number; readonly wall: number }

/**
 * Runs the sides of a contest in turns. Every second round runs them in reverse order, so that other
 * load on the machine affects all sides in the same way.
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

/** The number of operations that fill a round. Finding it out also warms the side up. */
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

// A running program has no other way to the garbage collector.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

/** The part of a measurement that is run before it, without measuring. */
const leadIn = 0.25

async function measure(side: Side, times: number): Promise<Measured> {
  // The previous side's content of the processor caches, and the wake-up, must not be measured.
  await side.run(Math.ceil(times * leadIn))
  // Nor must the young garbage of the previous side. A full collection would also discard compiled code.
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
