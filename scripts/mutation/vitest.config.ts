import { defineConfig } from 'vitest/config'
import '../test-environment.ts'
import { unitProject } from '../unit-project.ts'

/** The tests that run for each mutant: globs of files, one a line. */
const { MUTATION_TESTS = '' } = process.env

export default defineConfig({
  test: {
    projects: [
      {
        ...unitProject,
        test: {
          ...unitProject.test,
          include: MUTATION_TESTS.split('\n'),
          setupFiles: ['scripts/mutation/reset-coverage.ts'],
        },
      },
    ],
  },
})
