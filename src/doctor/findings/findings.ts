import { authenticationFindings } from './authentication.ts'
import { deploymentFindings } from './deployment.ts'
import type { Description } from './finding.ts'
import { forgedFindings } from './forged.ts'

/** Everything that the doctor can find, by its stable id; docs/doctor.md lists the same. */
export const descriptions = {
  ...deploymentFindings,
  ...authenticationFindings,
  ...forgedFindings,
} as const satisfies Readonly<Record<string, Description>>

/** The stable id of a finding. */
export type FindingId = keyof typeof descriptions

/** What a check found out. */
export type Finding = {
  readonly id: FindingId
  readonly severity: 'fail' | 'warn' | 'pass' | 'skipped'
  /** What was seen, or why nothing was looked at. Never a secret; may hold a stranger's words. */
  readonly evidence: string
}

/** It does not hold: as bad as the id says. */
export const bad = (id: FindingId, evidence: string): Finding => ({
  id,
  severity: descriptions[id].weight,
  evidence,
})

/** It holds. */
export const good = (id: FindingId, evidence = ''): Finding => ({ id, severity: 'pass', evidence })

/** It was not looked at. */
export const skipped = (id: FindingId, evidence: string): Finding => ({
  id,
  severity: 'skipped',
  evidence,
})
