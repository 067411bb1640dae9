import { inject } from 'vitest'

// All test files share one runtime. Stryker reports the coverage so far after each file: without
// this reset the reports of one run grow to gigabytes.
const namespace = inject('globalNamespace' as never) as string
const stryker = (globalThis as Record<string, unknown>)[namespace] as { mutantCoverage?: unknown }
stryker.mutantCoverage = undefined
