import type { Reporter, TestModule } from 'vitest/node'

const states = (module: TestModule): string[] =>
  Array.from(module.children.allTests(), (test) => test.result().state)

/** Ends a test run with one plain line, for people and for programs that read logs. */
export const summaryReporter: Reporter = {
  onTestRunEnd(modules, errors) {
    const all = modules.flatMap(states)
    const count = (state: string): number => all.filter((one) => one === state).length
    // A file that cannot be loaded has no failed test, but it is a failure.
    const unloaded = modules.filter((module) => !module.ok() && states(module).length === 0)
    const failed = count('failed') + unloaded.length + errors.length
    console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`)
  },
}
