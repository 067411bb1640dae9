import type { Check } from '../examination.ts'
import { bad, good, skipped } from '../findings/findings.ts'
import { headerNameProblem } from '../header-name-problem.ts'

/** The configured header's name, by the rule that the Worker's configuration has for it. */
export const headerName: Check = {
  says: "judging the header's name",
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
