import { describe, expect, it } from 'vitest'
import type { Contest, Figure, Side } from './contest.ts'
import type { Machine } from './machine.ts'
import { reportOf, runContest } from './report.ts'
import { runRounds } from './rounds.ts'

const effort = { rounds: 4, roundTime: 8, warmUpTime: 0 }

/** A side that computes for `units` units of time, and logs each run. */
const working = (label: string, units: number, log: string[] = []): Side => ({
  label,
  run(times) {
    log.push(label)
    let state = 1
    for (let i = 0; i < times * units * 2000; i++) state = Math.imul(state, 48271) ^ i
    if (state === 0.5) throw new Error('cannot be')
  },
})

const figures: readonly Figure[] = [
  { name: 'rate', ours: 'light', theirs: 'heavy', by: 'rate' },
  { name: 'cost', ours: 'light', theirs: 'heavy', by: 'cost' },
]

describe('a contest', () => {
  it('runs its sides in turns, every second round in reverse order', async () => {
    const log: string[] = []
    const sides = { a: working('a', 1, log), b: working('b', 1, log) }
    await runRounds({ title: 't', sides, figures: [] }, effort)
    // Each turn begins with a run that is not measured.
    expect(log.slice(-16).join('')).toBe('aabbbbaaaabbbbaa')
  })

  it('computes eight times the cost for eight times the work', async () => {
    const sides = { light: working('light', 1), heavy: working('heavy', 8) }
    const contest: Contest = { title: 't', sides, figures }
    const [rate, cost] = (await runContest(contest, { ...effort, rounds: 9 })).figures
    expect(rate?.ratio.median).toBeGreaterThan(4)
    expect(rate?.ratio.median).toBeLessThan(16)
    expect(cost?.ratio.median).toBeGreaterThan(1 / 16)
    expect(cost?.ratio.median).toBeLessThan(1 / 4)
  })

  it('fails if a side fails', async () => {
    const run = () => Promise.reject(new Error('no path'))
    const contest = { title: 't', sides: { a: { label: 'a', run } }, figures: [] }
    await expect(runRounds(contest, effort)).rejects.toThrow('no path')
  })
})

describe('a report', () => {
  it('has each median by its name in a flat object', () => {
    const ratio = { median: 2, min: 1, max: 3 }
    const results = [{ title: 't', sides: [], figures: [{ name: 'x', meaning: 'm', ratio }] }]
    const machine: Machine = { cores: 2, cpu: 'c', load: 0, node: 'n', workerd: 'w', date: 'd' }
    expect(reportOf(results, machine, 'quick').ratios).toEqual({ x: 2 })
  })
})
