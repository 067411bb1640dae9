import { afterAll, inject } from 'vitest'

interface Coverage {
  static: object
  perTest: object
}

/**
 * All test files share one runtime, and Stryker reports the coverage so far after each file: the
 * reports of one run would grow to gigabytes. This reports each file's own coverage. The instrumented
 * code holds the object, so that it has to stay the same.
 */
const namespace = inject('globalNamespace' as never) as string
const stryker = (globalThis as Record<string, unknown>)[namespace] as {
  mutantCoverage?: Coverage | undefined
  live?: Coverage | undefined
}
stryker.mutantCoverage = stryker.live

// Hooks run in reverse order: this one before Stryker's own, which reports.
afterAll(() => {
  const live = stryker.mutantCoverage
  if (live === undefined) return
  stryker.live = live
  stryker.mutantCoverage = { static: live.static, perTest: live.perTest }
  live.static = {}
  live.perTest = {}
})
