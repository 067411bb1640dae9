import { equalBytes } from '../../encoding/bytes.ts'
import type { Certificate } from '../certificate.ts'
import type { CrlIndexSource } from '../crl/indexed-list.ts'
import { keyRefusal } from '../keys/public-key.ts'
import { maxElements, type ParseRefusal, parseCertificate } from '../parse-certificate.ts'
import type { PolicyInputs } from '../policies/check-policies.ts'
import { maxKnown, maxPresented, maxPresentedOctets } from './budget.ts'
import { buildPath, type Found, type Path } from './build-path.ts'
import {
  type Candidate,
  candidate,
  type TrustAnchor,
  trustAnchor,
  type UnparsedCertificate,
  unparsedCertificate,
} from './candidate.ts'
import { failingCertificate, type PathRefusal } from './refusal.ts'
import { revocationCheck } from './revocation.ts'
import { checkCertificate, type ExtendedKeyUsagePolicy, type Purpose, type Use } from './rules.ts'
import {
  type CheckRevocation,
  candidatesFor,
  isSignedBy,
  learn,
  likelyFirst,
  newSearch,
  parseCandidate,
  type Search,
} from './search.ts'

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

/** How a path is verified, whatever the form of its certificates. */
export type PathOptions = {
  /** Seconds since the epoch. */
  readonly time: number
  /** Default: clientAuth. */
  readonly extendedKeyUsage?: Purpose
  /** What to accept in place of clientAuth in a leaf. */
  readonly extendedKeyUsagePolicy?: ExtendedKeyUsagePolicy
  /** How many certificates may be between leaf and anchor. Default: 8. */
  readonly maxIntermediates?: number
  /**
   * Complete, delta and indirect lists, in any order. They must not be changed before the search ends.
   * Ignored if `revocation` is off.
   */
  readonly crls?: readonly Uint8Array[]
  /** Lists as indexes, of which only the needed parts are read. */
  readonly crlIndexes?: readonly CrlIndexSource[]
  /**
   * RFC 5280 section 6.3. `if-available` refuses a certificate that a usable list revokes, and a list
   * that its issuer did not sign. `require` also refuses a certificate that no current list covers.
   * Default: off.
   */
  readonly revocation?: 'off' | 'if-available' | 'require'
  /** Which certificates are checked: all below the anchor (the default), or only the leaf. */
  readonly revocationDepth?: 'chain' | 'leaf'
  /** How many octets of CRLs may be read, hashed and searched: each about three times. Default: 2^24. */
  readonly maxCrlOctets?: number
  /** RFC 5280 section 6.1.1 (c), (e), (f), (g). */
  readonly policies?: PolicyInputs
  /** How many encoded elements a certificate may have. */
  readonly maxElements?: number
}

/** A verification for any caller. All certificates in DER. */
export type PathRequest = PathOptions & {
  readonly leaf: Uint8Array
  /** In any order; those that lead nowhere are ignored. */
  readonly intermediates: readonly Uint8Array[]
  /**
   * Intermediates that the verifier holds: they are no anchors, are not counted as presented, and are
   * tried before presented ones that are as likely. Those that cannot be read are not used.
   */
  readonly knownIntermediates?: readonly Uint8Array[]
  /** Names and keys that are trusted. Those that cannot be read are not used. */
  readonly trustAnchors: readonly Uint8Array[]
}

/**
 * A verification of a leaf that has been parsed, with certificates of the verifier that other requests
 * share, so that they are parsed once.
 */
export type ParsedPathRequest = PathOptions & {
  readonly leaf: Certificate
  /** As in {@link PathRequest}. */
  readonly intermediates: readonly UnparsedCertificate[]
  readonly knownIntermediates: readonly UnparsedCertificate[]
  readonly trustAnchors: readonly TrustAnchor[]
}

/** A verified path, or why none was found. */
export type PathOutcome =
  | { readonly ok: true; readonly path: VerifiedPath }
  | ({ readonly ok: false } & PathRefusal)

const defaultMaxIntermediates = 8

/** Callers of the library may verify large certificates, such as OpenSSL's test certificates. */
const defaultMaxElements = 10_000

/**
 * Looks for a valid path from a leaf to one of the trust anchors (RFC 5280 section 6.1, policies as
 * in RFC 9618), within a budget of operations. Anchors are names and keys with the limits their
 * certificates state; an anchor outside of its validity dates is not used. Never throws: a failure is a
 * refusal, and of several the most telling one.
 */
export async function verifyCertificatePath(request: PathRequest): Promise<PathOutcome> {
  const intermediates = request.intermediates.map(unparsedCertificate)
  const knownIntermediates = (request.knownIntermediates ?? []).map(unparsedCertificate)
  if (isTooMuch(request.leaf, intermediates, knownIntermediates)) return tooMuch
  const { maxElements = defaultMaxElements } = request
  const leaf = parseCertificate(request.leaf, { maxElements })
  if (!leaf.ok) return refuse({ reason: 'malformed_leaf', problem: problemOf(leaf) })
  return verifyParsedPath({
    ...request,
    maxElements,
    leaf: leaf.certificate,
    intermediates,
    knownIntermediates,
    trustAnchors: request.trustAnchors.map(trustAnchor),
  })
}

/** {@link verifyCertificatePath} for a leaf that has been parsed. */
export async function verifyParsedPath(request: ParsedPathRequest): Promise<PathOutcome> {
  const { intermediates: presented, knownIntermediates, trustAnchors } = request
  if (isTooMuch(request.leaf.der, presented, knownIntermediates)) return tooMuch
  const use: Use = {
    time: request.time,
    purpose: request.extendedKeyUsage ?? 'clientAuth',
    extendedKeyUsagePolicy: request.extendedKeyUsagePolicy ?? {},
    requiresCrls: request.revocation === 'require' && request.revocationDepth !== 'leaf',
  }
  const problem = checkCertificate(request.leaf, 'leaf', use)
  if (problem !== null) {
    return refuse({ ...problem, certificate: failingCertificate(request.leaf, 0) })
  }
  const intermediates = withoutDuplicates([...knownIntermediates, ...presented])
  const { maxIntermediates = defaultMaxIntermediates } = request
  const search = newSearch(
    {
      anchors: trustAnchors,
      intermediates,
      known: new Set(knownIntermediates),
      use,
      policies: request.policies ?? {},
      maxIntermediates,
      maxElements: request.maxElements ?? maxElements,
      checkRevocation: revocationOf(request, intermediates, maxIntermediates),
    },
    request.maxCrlOctets,
  )
  const leaf = candidate(request.leaf)
  if (search.anchors.size === 0) return refuse({ reason: 'no_trust_anchor' })
  const found = await buildPath(search, [leaf])
  return found === null
    ? refuse(await whyNot(search, leaf, trustAnchors, presented))
    : { ok: true, path: verifiedPath(found) }
}

/** Why there is no path: malformed certificates tell more than that an issuer is unknown. */
async function whyNot(
  search: Search,
  leaf: Candidate,
  anchors: readonly TrustAnchor[],
  presented: readonly UnparsedCertificate[],
): Promise<PathRefusal> {
  const why = await explain(search, leaf)
  if (why.reason !== 'unknown_issuer') return why
  // A certificate that the budget does not allow to parse may be well-formed.
  const isMalformed = (one: UnparsedCertificate): boolean =>
    parseCandidate(search, one) === null && search.spent === null
  if (anchors.every(isMalformed)) return { reason: 'no_trust_anchor' }
  for (const [index, one] of presented.entries()) {
    if (isMalformed(one) && one.parsed !== null && 'reason' in one.parsed) {
      return { reason: 'malformed_intermediate', index, problem: one.parsed }
    }
  }
  return why
}

/**
 * Why a search found no path: the budget was spent; or the most telling refusal, which includes broken
 * issuers whose place is proven by a signature; or else how far the certificates lead. This may spend
 * the rest of the budget.
 */
async function explain(search: Search, leaf: Candidate): Promise<PathRefusal> {
  if (search.spent !== null) return { reason: 'budget_spent', budget: search.spent }
  for (const { below, issuer, refusal } of search.suspects) {
    // A key that is refused proves nothing, and may be the problem itself.
    const isUsable = keyRefusal(issuer.certificate.publicKey) === null
    if (!isUsable || (await isSignedBy(search, below, issuer))) learn(search, refusal)
  }
  return search.refusal ?? unknownIssuer(await furthest(search, [leaf]))
}

function unknownIssuer(path: Path): PathRefusal {
  const { certificate } = path.at(-1) ?? path[0]
  return {
    reason: 'unknown_issuer',
    certificate: failingCertificate(certificate, path.length - 1),
    issuer: certificate.issuer,
  }
}

/** Follows signatures upwards until there is no new issuer. */
async function furthest(search: Search, path: Path): Promise<Path> {
  const tip = path.at(-1) ?? path[0]
  if (path.length > search.maxIntermediates) return path
  const issuers = candidatesFor(search, search.intermediates, tip.issuer)
  for (const issuer of likelyFirst(issuers, tip.certificate)) {
    if (path.includes(issuer) || keyRefusal(issuer.certificate.publicKey) !== null) continue
    if (await isSignedBy(search, tip, issuer)) return furthest(search, [...path, issuer])
  }
  return path
}

const isTooMuch = (
  leaf: Uint8Array,
  presented: readonly UnparsedCertificate[],
  known: readonly UnparsedCertificate[],
): boolean =>
  known.length > maxKnown ||
  presented.length > maxPresented ||
  presented.reduce((sum, { der }) => sum + der.length, leaf.length) > maxPresentedOctets

const refuse = (refusal: PathRefusal): PathOutcome => ({ ok: false, ...refusal })

const tooMuch = refuse({ reason: 'budget_spent', budget: 'certificates' })

const verifiedPath = ({ path, policies, unrevokedUntil }: Found): VerifiedPath => {
  const certificates: readonly Certificate[] = path.map(({ certificate }) => certificate)
  const ends = certificates.map((certificate) => certificate.notAfter)
  const notAfter = Math.min(...ends, unrevokedUntil)
  return { certificates, notAfter, policies } as VerifiedPath
}

const problemOf = ({ ok: _, ...problem }: ParseRefusal & { readonly ok: false }): ParseRefusal =>
  problem

function revocationOf(
  request: PathOptions,
  intermediates: readonly UnparsedCertificate[],
  maxIntermediates: number,
): CheckRevocation | null {
  const { revocation: mode = 'off', revocationDepth: depth = 'chain' } = request
  if (mode === 'off') return null
  const { crls = [], crlIndexes: indexes = [] } = request
  return revocationCheck({ mode, depth, crls, indexes, intermediates, maxIntermediates })
}

const withoutDuplicates = (
  certificates: readonly UnparsedCertificate[],
): readonly UnparsedCertificate[] =>
  certificates.filter(
    ({ der }, index) => !certificates.slice(0, index).some((one) => equalBytes(one.der, der)),
  )
