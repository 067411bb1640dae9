import type { PathOutcome, PathRequest } from '../../../src/x509/index.ts'
import { octets, readJsonLines } from './vectors.ts'

/** The suites for path validation. Their README describes the format. */
export const pathSuites = [
  'x509-limbo',
  'x509-limbo-2026',
  'nist-pkits',
  'bettertls-pathbuilding',
  'bettertls-nameconstraints',
  'chromium-chains',
  'webpki-client',
  'openssl-verify',
  'go-name-constraints',
  'boringssl-bad-extensions',
] as const

/** One case of a suite. */
export type PathCase = {
  readonly id: string
  readonly tier: string
  readonly expected: 'ACCEPT' | 'REJECT' | 'ANY'
  readonly description?: string
  readonly leaf: string
  readonly untrusted_intermediates: readonly string[]
  readonly trusted_certs: readonly string[]
  readonly crls?: readonly string[]
  readonly validation_time: string | null
  readonly eku: 'clientAuth' | null
  readonly max_chain_depth?: number | null
  readonly policy?: {
    readonly initial_policy_set: string
    readonly initial_explicit_policy: boolean
    readonly initial_policy_mapping_inhibit: boolean
    readonly initial_inhibit_any_policy: boolean
    readonly user_constrained_policy_set: string | null
  }
  readonly revocation?: {
    readonly enabled: boolean
    readonly depth: 'EndEntity' | 'Chain'
    readonly unknown_status: 'allow' | 'deny'
    readonly crl_expiration: 'enforce' | 'ignore'
  }
  readonly path_expected_without_name_check?: 'ACCEPT' | 'REJECT'
}

/** Tiers whose cases must have the expected verdict. */
export const bindingTiers: ReadonlySet<string> = new Set(['must', 'policies', 'delta-crl', 'crl'])

/** The cases of a suite. */
export const readSuite = (path: string): readonly PathCase[] => readJsonLines<PathCase>(path)

/** The expected verdict without a check of the server's name. */
export const expectedOf = (row: PathCase): PathCase['expected'] =>
  row.path_expected_without_name_check ?? row.expected

/**
 * A case as a request.
 * @param now seconds since the epoch, for cases without a time
 */
export function requestOf(row: PathCase, now: number): PathRequest {
  const { max_chain_depth: maxIntermediates, policy } = row
  return {
    leaf: octets(row.leaf),
    intermediates: row.untrusted_intermediates.map(octets),
    trustAnchors: row.trusted_certs.map(octets),
    time: row.validation_time === null ? now : Math.floor(Date.parse(row.validation_time) / 1000),
    extendedKeyUsage: row.eku ?? 'any',
    ...(typeof maxIntermediates === 'number' ? { maxIntermediates } : {}),
    ...(policy === undefined ? {} : { policies: policyInputs(policy) }),
    ...revocationOf(row),
  }
}

function policyInputs(policy: NonNullable<PathCase['policy']>) {
  return {
    initialPolicySet: pkitsPolicies(policy.initial_policy_set),
    requireExplicitPolicy: policy.initial_explicit_policy,
    inhibitPolicyMapping: policy.initial_policy_mapping_inhibit,
    inhibitAnyPolicy: policy.initial_inhibit_any_policy,
  }
}

/** The OIDs for a comma list of NIST's policy names. */
export const pkitsPolicies = (names: string | null): string[] =>
  (names ?? '')
    .split(',')
    .filter((name) => name !== '')
    .map((name) =>
      name === 'anyPolicy'
        ? '2.5.29.32.0'
        : name.replace(/^NIST-test-policy-/, '2.16.840.1.101.3.2.1.48.'),
    )

/** `require` for PKITS. Elsewhere CRLs count if the case has them, and the case says how strictly. */
function revocationOf(row: PathCase): Pick<PathRequest, 'crls' | 'revocation' | 'revocationDepth'> {
  const crls = row.crls ?? []
  const { enabled, depth, unknown_status, crl_expiration } = row.revocation ?? {}
  if (crls.length === 0 || enabled === false) return {}
  const isStrict = unknown_status === 'deny' || crl_expiration === 'enforce'
  return {
    crls: crls.map(octets),
    revocation: row.policy !== undefined || isStrict ? 'require' : 'if-available',
    revocationDepth: depth === 'EndEntity' ? 'leaf' : 'chain',
  }
}

/** A verdict as the suites write it. */
export const verdictOf = (outcome: PathOutcome): 'ACCEPT' | 'REJECT' =>
  outcome.ok ? 'ACCEPT' : 'REJECT'
