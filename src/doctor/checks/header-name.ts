import { isProbablyRandom } from '../../certificate/random-text.ts'
import type { Check } from '../examination.ts'
import { bad, good, skipped } from '../findings.ts'

/** Checks the configured header's name by the rule of the Worker's configuration. */
export const headerName: Check = {
  activity: "checking the header's name",
  async run({ headerName }) {
    if (headerName === null) {
      return [
        skipped('header-name', 'give --header-name, or CERTIFICATE_HEADER in the environment'),
      ]
    }
    const problem = headerNameProblem(headerName)
    return [problem === null ? good('header-name') : bad('header-name', problem)]
  },
}

/** The problem of a header's name that must not be guessable, or null. */
export function headerNameProblem(name: string): string | null {
  if (name.length < 32) return `it has ${name.length} characters, and needs at least 32`
  return isProbablyRandom(name) ? null : 'it does not look random'
}
