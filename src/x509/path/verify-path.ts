import type { Certificate } from '../certificate.ts'
import type { CrlIndexSource } from '../crl/indexed-list.ts'
import { latin1 } from '../names/string-value.ts'
import { type ParseRefusal, parseCertificate } from '../parse-certificate.ts'
import type { PolicyInputs } from '../policies/check-policies.ts'
import { defaultMaxCrlOctets, maxKnown, maxPresented, maxPresentedOctets } from './budget.ts'
import { type Candidate, candidate } from './candidate.ts'
import { climb, type Found } from './climb.ts'
import { explain } from './explain.ts'
import type { ExtendedKeyUsagePolicy, Purpose } from './extended-key-usage.ts'
import { culprit, moreTelling, type PathRefusal } from './refusal.ts'
import { revocationCheck } from './revocation.ts'
import { checkCertificate } from './rules.ts'
import { type CheckRevocation, newSearch } from './search.ts'

declare const verified: unique symbol

/** A path that has been verified. Only {@link verifyCertificatePath} makes one. */
export type VerifiedPath = {
  /** Leaf first, trust anchor last. */
  readonly certificates: readonly Certificate[]
  /** The earliest expiry on the path, that of the CRLs used included, in seconds since the epoch. */
  readonly notAfter: number
  /** The user-constrained-policy-set of RFC 9618 section 5.4: OIDs, anyPolicy among them. */
  readonly policies: readonly string[]
  readonly [verified]: true
}

/** What is to be verified, for whom and when. All certificates in DER. */
export type PathRequest = {
  readonly leaf: Uint8Array
  /** In any order; strangers among them are passed over. */
  readonly intermediates: readonly Uint8Array[]
  /**
   * What whoever verifies keeps at hand of the like: never anchors, not counted as presented, and
   * tried before presented ones that are as likely. Those that cannot be read are not used.
   */
  readonly knownIntermediates?: readonly Uint8Array[]
  /** Names and keys that are trusted. Those that cannot be read are not used. */
  readonly trustAnchors: readonly Uint8Array[]
  /** Seconds since the epoch. */
  readonly time: number
  /** Default: clientAuth. */
  readonly extendedKeyUsage?: Purpose
  /** What to make of leaves that do not name clientAuth. */
  readonly extendedKeyUsagePolicy?: ExtendedKeyUsagePolicy
  /** How many certificates may stand between leaf and anchor. Default: 8. */
  readonly maxIntermediates?: number
  /**
   * Complete, delta and indirect lists, in any order; they belong to the search until it ends and
   * must not be changed. Not looked at where `revocation` is off.
   */
  readonly crls?: readonly Uint8Array[]
  /** Lists as indexes, which are not read but looked into. */
  readonly crlIndexes?: readonly CrlIndexSource[]
  /**
   * RFC 5280 section 6.3. `if-available`: refused is what a list that can be used says is revoked,
   * and a list that its issuer has not signed. `require`: and what no current list tells of.
   * Default: off.
   */
  readonly revocation?: 'off' | 'if-available' | 'require'
  /** Which certificates are asked about: all below the anchor (the default), or the leaf alone. */
  readonly revocationDepth?: 'chain' | 'leaf'
  /** How many octets of CRLs may be read, hashed and searched: each about three times. Default: 2^24. */
  readonly maxCrlOctets?: number
  /** RFC 5280 section 6.1.1 (c), (e), (f), (g). */
  readonly policies?: PolicyInputs
}

/** A verified path, or why there is none. */
export type PathOutcome =
  | { readonly ok: true; readonly path: VerifiedPath }
  | ({ readonly ok: false } & PathRefusal)

const defaultMaxIntermediates = 8

/**
 * Looks for a valid path from a leaf to one of the trust anchors (RFC 5280 section 6.1, policies as
 * in RFC 9618), within a budget of operations. Anchors are names and keys with the limits their
 * certificates state; one outside of its validity dates is not used. Never throws: what fails is a
 * refusal, and of several the one that tells most.
 */
export async function verifyCertificatePath(request: PathRequest): Promise<PathOutcome> {
  if (isTooMuch(request)) return refuse({ reason: 'budget_spent', budget: 'certificates' })
  const parsed = parseCertificate(request.leaf)
  if (!parsed.ok) return refuse({ reason: 'malformed_leaf', problem: problemOf(parsed) })
  const use = {
    time: request.time,
    purpose: request.extendedKeyUsage ?? 'clientAuth',
    extendedKeyUsagePolicy: request.extendedKeyUsagePolicy ?? {},
    requiresCrls: request.revocation === 'require' && request.revocationDepth !== 'leaf',
  }
  const problem = checkCertificate(parsed.certificate, 'leaf', use)
  if (problem !== null) return refuse({ ...problem, certificate: culprit(parsed.certificate, 0) })
  const anchors = readAll(request.trustAnchors).candidates
  if (anchors.length === 0) return refuse({ reason: 'no_trust_anchor' })
  const known = readAll(request.knownIntermediates ?? []).candidates
  const { candidates: presented, refusals } = readAll(request.intermediates, known)
  const intermediates = [...known, ...presented]
  const { policies = {}, maxIntermediates = defaultMaxIntermediates } = request
  const checkRevocation = revocationOf(request, intermediates, maxIntermediates)
  const search = newSearch({
    ...{ anchors, intermediates, use, policies, maxIntermediates, checkRevocation },
    known: new Set(known),
    maxCrlOctets: request.maxCrlOctets ?? defaultMaxCrlOctets,
  })
  const leaf = candidate(parsed.certificate)
  const found = await climb(search, [leaf])
  if (found !== null) return { ok: true, path: verifiedPath(found) }
  return refuse(refusals.reduce(moreTelling, await explain(search, leaf)))
}

const isTooMuch = ({ leaf, intermediates, knownIntermediates = [] }: PathRequest): boolean =>
  knownIntermediates.length > maxKnown ||
  intermediates.length > maxPresented ||
  intermediates.reduce((sum, der) => sum + der.length, leaf.length) > maxPresentedOctets

const refuse = (refusal: PathRefusal): PathOutcome => ({ ok: false, ...refusal })

const verifiedPath = ({ path, policies, unrevokedUntil }: Found): VerifiedPath => {
  const certificates: readonly Certificate[] = path.map(({ certificate }) => certificate)
  const ends = certificates.map((certificate) => certificate.notAfter)
  const notAfter = Math.min(...ends, unrevokedUntil)
  return { certificates, notAfter, policies } as VerifiedPath
}

const problemOf = ({ ok: _, ...problem }: ParseRefusal & { readonly ok: false }): ParseRefusal =>
  problem

function revocationOf(
  request: PathRequest,
  intermediates: readonly Candidate[],
  maxIntermediates: number,
): CheckRevocation | null {
  const { revocation: mode = 'off', revocationDepth: depth = 'chain' } = request
  if (mode === 'off') return null
  const { crls = [], crlIndexes: indexes = [] } = request
  return revocationCheck({ mode, depth, crls, indexes, intermediates, maxIntermediates })
}

/** Reads certificates, each once, but those that are known; those that cannot be read are refusals. */
function readAll(
  ders: readonly Uint8Array[],
  known: readonly Candidate[] = [],
): {
  readonly candidates: readonly Candidate[]
  readonly refusals: readonly PathRefusal[]
} {
  const candidates: Candidate[] = []
  const refusals: PathRefusal[] = []
  const seen = new Set(known.map(({ certificate }) => latin1(certificate.der)))
  for (const [index, der] of ders.entries()) {
    const identity = latin1(der)
    if (seen.has(identity)) continue
    seen.add(identity)
    const parsed = parseCertificate(der)
    if (parsed.ok) {
      candidates.push(candidate(parsed.certificate))
    } else {
      refusals.push({ reason: 'malformed_intermediate', index, problem: problemOf(parsed) })
    }
  }
  return { candidates, refusals }
}
