import { createHash } from 'node:crypto'
import { relative } from 'node:path'

/** The parts of Stryker's Mutant that a sample needs. */
interface Mutant {
  readonly id: string
  readonly fileName: string
  readonly mutatorName: string
  readonly replacement: string
}

interface CheckResult {
  readonly status: 'passed' | 'compileError'
  readonly reason?: string
}

interface Checker {
  init(): Promise<void>
  group(mutants: readonly Mutant[]): Promise<string[][]>
  check(mutants: readonly Mutant[]): Promise<Record<string, CheckResult>>
}

/**
 * Orders mutants by a hash of the seed, the file and the change. Lines are not part of the hash:
 * an edit elsewhere in a file does not draw another sample.
 */
function draw(mutants: readonly Mutant[], size: number, seed: string): Set<string> {
  const seen = new Map<string, number>()
  const ranked = mutants.map((mutant) => {
    const file = relative(process.cwd(), mutant.fileName)
    const change = [file, mutant.mutatorName, mutant.replacement].join('\0')
    const occurrence = seen.get(change) ?? 0
    seen.set(change, occurrence + 1)
    const rank = createHash('sha256').update([seed, change, occurrence].join('\0')).digest('hex')
    return { id: mutant.id, rank }
  })
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  return new Set(ranked.slice(0, size).map(({ id }) => id))
}

/**
 * A Stryker checker that rejects all mutants but a sample of them. Stryker counts a rejected mutant
 * as a compile error, and no test runs for it.
 */
function createSampleChecker(): Checker {
  const size = Number(process.env.MUTATION_SAMPLE)
  const seed = process.env.MUTATION_SEED ?? ''
  let chosen = new Set<string>()
  return {
    async init() {},
    // Stryker hands over all mutants of a run at once, and runs one checker at concurrency 2.
    async group(mutants) {
      chosen = draw(mutants, size, seed)
      return [mutants.map(({ id }) => id)]
    },
    async check(mutants) {
      return Object.fromEntries(
        mutants.map(({ id }) => [
          id,
          chosen.has(id)
            ? { status: 'passed' }
            : { status: 'compileError', reason: 'not in the sample' },
        ]),
      )
    },
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', factory: createSampleChecker }]
