import { defineConfig } from 'vitest/config'
import { summaryReporter } from './scripts/summary-reporter.ts'
import './scripts/test-environment.ts'
import { nodeOnly, unitProject } from './scripts/unit-project.ts'

export default defineConfig({
  test: {
    reporters: ['default', summaryReporter],
    projects: [
      unitProject,
      {
        test: {
          name: 'node',
          include: [
            ...nodeOnly,
            'scripts/**/*.test.ts',
            'test/{vectors,differential,fuzz}/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: ['scripts/mutation/node_modules/**'],
        },
      },
      {
        // Over real TLS, against the local edge.
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 30_000 },
      },
    ],
  },
})
