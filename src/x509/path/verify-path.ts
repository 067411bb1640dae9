import type { Certificate } from '../certificate.ts'
import { latin1 } from '../names/string-value.ts'
import { parseCertificate } from '../parse-certificate.ts'
import { maxPresented, maxPresentedOctets, newBudget } from './budget.ts'
import { type Candidate, candidate } from './candidate.ts'
import { culprit, moreTelling, type PathRefusal } from './refusal.ts'
import { checkCertificate, type Purpose } from './rules.ts'
import { climb, newSearch } from './search.ts'

declare const verified: unique symbol

/** A path that has been verified. Only {@link verifyCertificatePath} makes one. */
export type VerifiedPath = {
  /** Leaf first, trust anchor last. */
  readonly certificates: readonly Certificate[]
  /** The earliest expiry on the path, in seconds since the epoch. */
  readonly notAfter: number
  readonly [verified]: true
}

/** What is to be verified, for whom and when. All certificates in DER. */
export type PathRequest = {
  readonly leaf: Uint8Array
  /** In any order; strangers among them are passed over. */
  readonly intermediates: readonly Uint8Array[]
  /** Names and keys that are trusted. Those that cannot be read are not used. */
  readonly trustAnchors: readonly Uint8Array[]
  /** Seconds since the epoch. */
  readonly time: number
  /** Default: clientAuth. */
  readonly extendedKeyUsage?: Purpose
  /** How many certificates may stand between leaf and anchor. Default: 8. */
  readonly maxIntermediates?: number
  readonly crls?: readonly Uint8Array[]
  readonly revocation?: 'off' | 'if-available' | 'require'
  /** RFC 5280 section 6.1.1 (c), (e), (f), (g). */
  readonly policies?: {
    readonly initialPolicySet?: readonly string[]
    readonly requireExplicitPolicy?: boolean
    readonly inhibitPolicyMapping?: boolean
    readonly inhibitAnyPolicy?: boolean
  }
}

/** A verified path, or why there is none. */
export type PathOutcome =
  | { readonly ok: true; readonly path: VerifiedPath }
  | ({ readonly ok: false } & PathRefusal)

const defaultMaxIntermediates = 8

/**
 * Looks for a valid path from a leaf to one of the trust anchors (RFC 5280 section 6.1), within a
 * budget of operations. Anchors are names and keys with the limits their certificates state; one
 * outside of its validity dates is not used. Never throws: what fails is a refusal, and of several
 * the one that tells most.
 *
 * Not evaluated yet, and refused where it would matter: CRLs, policies other than the defaults, and
 * name and policy constraints.
 */
export async function verifyCertificatePath(request: PathRequest): Promise<PathOutcome> {
  const { time, extendedKeyUsage: purpose = 'clientAuth' } = request
  const option = unsupportedOption(request)
  if (option !== null) return refuse({ reason: 'not_supported', option })
  if (isTooMuch(request)) return refuse({ reason: 'budget_spent', budget: 'certificates' })
  const leaf = parseCertificate(request.leaf)
  if (!leaf.ok) {
    const { ok: _, ...problem } = leaf
    return refuse({ reason: 'malformed_leaf', problem })
  }
  const problem = checkCertificate(leaf.certificate, 'leaf', purpose, time)
  if (problem !== null) return refuse({ ...problem, certificate: culprit(leaf.certificate, 0) })
  const anchors = readAll(request.trustAnchors).candidates
  if (anchors.length === 0) return refuse({ reason: 'no_trust_anchor' })
  const intermediates = readAll(request.intermediates)
  const search = newSearch({
    anchors,
    intermediates: intermediates.candidates,
    purpose,
    time,
    maxIntermediates: request.maxIntermediates ?? defaultMaxIntermediates,
    budget: newBudget(),
  })
  const found = await climb(search, [candidate(leaf.certificate)])
  if (found.ok) return { ok: true, path: verifiedPath(found.value) }
  return refuse(intermediates.refusals.reduce(moreTelling, found.error))
}

const isTooMuch = ({ leaf, intermediates }: PathRequest): boolean =>
  intermediates.length > maxPresented ||
  intermediates.reduce((sum, der) => sum + der.length, leaf.length) > maxPresentedOctets

const refuse = (refusal: PathRefusal): PathOutcome => ({ ok: false, ...refusal })

const verifiedPath = (path: readonly Candidate[]): VerifiedPath => {
  const certificates: readonly Certificate[] = path.map(({ certificate }) => certificate)
  const notAfter = Math.min(...certificates.map((certificate) => certificate.notAfter))
  return { certificates, notAfter } as VerifiedPath
}

/** An option that asks for what is not done yet must not be passed over. */
function unsupportedOption({ crls, revocation, policies }: PathRequest): string | null {
  if (revocation !== undefined && revocation !== 'off') return 'revocation'
  if (crls !== undefined && crls.length > 0) return 'crls'
  if (policies === undefined) return null
  const { initialPolicySet = [anyPolicy], ...switches } = policies
  if (!initialPolicySet.includes(anyPolicy)) return 'policies.initialPolicySet'
  const [on] = Object.entries(switches).find(([, value]) => value) ?? []
  return on === undefined ? null : `policies.${on}`
}

const anyPolicy = '2.5.29.32.0'

/** Reads certificates, each once; those that cannot be read are refusals. */
function readAll(ders: readonly Uint8Array[]): {
  readonly candidates: readonly Candidate[]
  readonly refusals: readonly PathRefusal[]
} {
  const candidates: Candidate[] = []
  const refusals: PathRefusal[] = []
  const seen = new Set<string>()
  for (const [index, der] of ders.entries()) {
    const identity = latin1(der)
    if (seen.has(identity)) continue
    seen.add(identity)
    const parsed = parseCertificate(der)
    if (parsed.ok) {
      candidates.push(candidate(parsed.certificate))
    } else {
      const { ok: _, ...problem } = parsed
      refusals.push({ reason: 'malformed_intermediate', index, problem })
    }
  }
  return { candidates, refusals }
}
