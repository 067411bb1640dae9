import { defineConfig } from 'vitest/config'
import { summaryReporter } from './scripts/summary-reporter.ts'
import './scripts/test-environment.ts'
import { nodeOnly, unitProject } from './scripts/unit-project.ts'

/** These start a local database, a local edge or other programs: minutes, not seconds. */
const slow = [
  'src/cli/{ca,cert,client,database,key}/*.test.ts',
  'src/cli/*.test.ts',
  'src/local-edge/{demo,front}/**/*.test.ts',
  'src/local-stores/**/*.test.ts',
]

/** `npm run test:unit` sets the mode `quick`; `npm test` runs everything. */
export default defineConfig(({ mode }) => {
  const quick = mode === 'quick'
  return {
    test: {
      reporters: ['default', summaryReporter],
      projects: [
        unitProject,
        {
          test: {
            name: 'node',
            include: quick
              ? [...nodeOnly, 'test/docs/**/*.test.ts']
              : [
                  ...nodeOnly,
                  'scripts/*.test.ts',
                  'test/{docs,vectors,differential,fuzz}/**/*.test.ts',
                  'bench/**/*.test.ts',
                ],
            exclude: quick ? slow : [],
          },
        },
        {
          // Over real TLS, against the local edge.
          test: {
            name: 'e2e',
            include: quick ? [] : ['test/e2e/**/*.test.ts'],
            testTimeout: 30_000,
          },
        },
      ],
    },
  }
})
