import { expect, it } from 'vitest'
import { type PathOutcome, verifyCertificatePath } from '../../src/x509/index.ts'
import {
  bindingTiers,
  expectedOf,
  type PathCase,
  pathSuites,
  pkitsPolicies,
  readSuite,
  requestOf,
  verdictOf,
} from '../support/node/path-suite.ts'
import { describeVectors } from '../support/node/vectors.ts'
import { startX509Worker } from '../support/node/x509-worker.ts'
import exceptions from './path-suites.exceptions.json' with { type: 'json' }

/** The time limit of a case, in milliseconds. */
const limit = 2000
const now = Math.floor(Date.now() / 1000)

type Judged = { readonly row: PathCase; readonly outcome: PathOutcome; readonly took: number }

for (const suite of pathSuites) {
  describeVectors(`${suite}.jsonl`, (path) => {
    const rows = readSuite(path)
    const judged: Judged[] = []

    it('every case ends within the time limit, and none throws', async () => {
      for (const row of rows) {
        const before = performance.now()
        const outcome = await verifyCertificatePath(requestOf(row, now))
        judged.push({ row, outcome, took: performance.now() - before })
      }
      expect(judged.filter(({ took }) => took > limit)).toEqual([])
    })

    it('cases have the expected outcome, except for the listed exceptions', () => {
      const differences = judged.filter(differs).map(({ row, outcome }) => ({
        id: row.id,
        expected: expectedOf(row),
        actual: verdictOf(outcome),
      }))
      const known = exceptions
        .filter(({ id }) => rows.some((row) => row.id === id))
        .map(({ id, expected, actual }) => ({ id, expected, actual }))
      expect(differences).toEqual(known)
      printTable(suite, judged)
    })

    it('workerd has the same outcomes as Node', async () => {
      const worker = await startX509Worker()
      try {
        for (const { row, outcome } of judged) {
          const there = await worker.verify(requestOf(row, now))
          expect({ id: row.id, ...there }).toEqual({ id: row.id, ...withoutPath(outcome) })
        }
      } finally {
        await worker.dispose()
      }
    }, 60_000)
  })
}

describeVectors('nist-pkits.jsonl', (path) => {
  it('paths are good for the policies that NIST names', async () => {
    const accepted = readSuite(path).filter(
      ({ policy, expected }) => policy && expected === 'ACCEPT',
    )
    expect(accepted.length).toBeGreaterThan(40)
    for (const row of accepted) {
      const { crls: _, revocation: __, ...request } = requestOf(row, now)
      const outcome = await verifyCertificatePath(request)
      const expected = pkitsPolicies(row.policy?.user_constrained_policy_set ?? null)
      expect(outcome.ok && outcome.path.policies.toSorted(), row.id).toEqual(expected)
    }
  })
})

const differs = ({ row, outcome }: Judged): boolean => {
  const [expected, actual] = [expectedOf(row), verdictOf(outcome)]
  // A valid path exists, but a validator with a budget may give up.
  const mayGiveUp = row.tier === 'dos-sibling'
  if (mayGiveUp && !outcome.ok && outcome.reason === 'budget_spent') return false
  return expected !== 'ANY' && expected !== actual
}

/** Leaves the certificates out: they are large, and the same if the outcome is. */
const withoutPath = (outcome: PathOutcome) =>
  JSON.parse(JSON.stringify(outcome.ok ? { ok: true } : outcome))

/** Expected against actual by tier, with the deviations. */
function printTable(suite: string, judged: readonly Judged[]): void {
  const tiers = Object.groupBy(judged, ({ row }) => row.tier)
  const lines = Object.entries(tiers).map(([tier, all = []]) => {
    const deviating = all.filter(differs)
    const rows = deviating.map(({ row, outcome }) => {
      return `\n      ${row.id}: expected ${expectedOf(row)}, ${verdictOf(outcome)}`
    })
    const must = bindingTiers.has(tier) ? ', binding' : ''
    const asExpected = all.length - deviating.length
    return `    ${tier}${must}: ${asExpected} of ${all.length} as expected${rows.join('')}`
  })
  console.log(`${suite}\n${lines.join('\n')}`)
}
