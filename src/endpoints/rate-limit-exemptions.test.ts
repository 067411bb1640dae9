import { expect, it } from 'vitest'
import type { PresentedCertificate } from '../certificate/presented-certificate.ts'
import { rateLimitExemptions } from './rate-limit-exemptions.ts'

const whole = (leaf: string, chain = ''): PresentedCertificate =>
  ({ kind: 'whole', raw: { leaf, chain } }) as PresentedCertificate
const digest = (thumbprint: string): PresentedCertificate => ({
  kind: 'digest',
  thumbprint,
  notBefore: 0,
  notAfter: 1,
})
const added = 1000

it.each([
  ['the same certificate', 'api', whole('A'), 'api', whole('A'), 0, true],
  ['59 seconds later', 'api', whole('A'), 'api', whole('A'), 59, true],
  ['60 seconds later', 'api', whole('A'), 'api', whole('A'), 60, false],
  ['another client', 'api', whole('A'), 'other', whole('A'), 0, false],
  ['another leaf', 'api', whole('A'), 'api', whole('B'), 0, false],
  [
    'another leaf with the same end',
    'api',
    whole(`1${'A'.repeat(64)}`),
    'api',
    whole(`2${'A'.repeat(64)}`),
    0,
    false,
  ],
  ['another chain', 'api', whole('A', 'C'), 'api', whole('A', 'D'), 0, false],
  ['the same digest', 'api', digest('A'), 'api', digest('A'), 0, true],
  ['another digest', 'api', digest('A'), 'api', digest('B'), 0, false],
  ['no certificate', 'api', whole('A'), 'api', { kind: 'none' } as const, 0, false],
])('%s', (_, addedId, addedCertificate, clientId, presented, later, exempt) => {
  const exemptions = rateLimitExemptions()
  exemptions.add(addedId, addedCertificate, added)
  expect(exemptions.has(clientId, presented, added + later)).toBe(exempt)
})
