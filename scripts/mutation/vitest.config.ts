import { defineConfig } from 'vitest/config'
import '../test-environment.ts'
import { unitProject } from '../unit-project.ts'

/** The tests that judge mutants: those of the project `unit`. */
export default defineConfig({
  test: {
    projects: [
      {
        ...unitProject,
        test: { ...unitProject.test, setupFiles: ['scripts/mutation/reset-coverage.ts'] },
      },
    ],
  },
})
