import { latin1 } from '../../encoding/bytes.ts'
import { readDer } from '../../encoding/der-reader.ts'
import { sequence } from '../../encoding/der-writer.ts'
import type { Certificate } from '../certificate.ts'
import {
  allReasons,
  type DistributionPoint,
  type DistributionPointName,
  type Reasons,
} from '../extensions/distribution-points.ts'
import type { GeneralName } from '../extensions/general-name.ts'
import { nameIdentity } from '../names/distinguished-name.ts'
import type { CertificateList, IssuingDistributionPoint } from './certificate-list.ts'

/** What a list is about: its issuer, and the limits it states. Names as identities. */
export type ListScope = {
  /** {@link nameIdentity} of the issuer. */
  readonly issuer: string
  readonly limits: IssuingDistributionPoint | null
  /** Of the distribution point in `limits`; null if it has none. */
  readonly names: ReadonlySet<string> | null
}

/** A certificate whose status is asked for, and where it says that its lists are. */
export type ListedSubject = {
  readonly certificate: Certificate
  /** {@link nameIdentity} of the issuer. */
  readonly issuer: string
  readonly points: readonly PointNames[]
}

/** A distribution point with its names as identities; null if a member is absent. */
type PointNames = {
  readonly names: ReadonlySet<string> | null
  readonly crlIssuers: ReadonlySet<string> | null
  readonly reasons: Reasons
}

/** The scope of a list. */
export const scopeOf = ({
  issuerDer,
  issuingDistributionPoint: limits,
}: Pick<CertificateList, 'issuerDer' | 'issuingDistributionPoint'>): ListScope => ({
  issuer: nameIdentity(issuerDer),
  limits,
  names: limits?.name == null ? null : identitiesOf(limits.name, [issuerDer]),
})

/** Prepares a certificate for the question which lists are about it. */
export function listedSubject(certificate: Certificate): ListedSubject {
  const { issuerDer, issuerAltName, crlDistributionPoints } = certificate
  const issuer = nameIdentity(issuerDer)
  // RFC 5280 section 6.3.3: "any available CRLs not specified in a distribution point": "assume a DP
  // with both the reasons and the cRLIssuer fields omitted and a distribution point name of the
  // certificate issuer", its issuerAltName included.
  const assumed: PointNames = {
    names: new Set([directory(issuer), ...(issuerAltName ?? []).map(identityOf)]),
    crlIssuers: null,
    reasons: allReasons,
  }
  const stated = (crlDistributionPoints ?? []).map((point) => pointNames(point, certificate))
  return { certificate, issuer, points: [...stated, assumed] }
}

function pointNames(point: DistributionPoint, { issuerDer }: Certificate): PointNames {
  const { name, reasons, crlIssuer } = point
  const bases = crlIssuer?.flatMap((one) => (one.type === 'directory' ? [one.der] : []))
  return {
    names: name === null ? null : identitiesOf(name, bases ?? [issuerDer]),
    crlIssuers: crlIssuer === null ? null : new Set(crlIssuer.map(identityOf)),
    reasons: reasons ?? allReasons,
  }
}

/**
 * For which reasons a list would say that a certificate is revoked (RFC 5280 section 6.3.3 (b) and
 * (d)): the union over all of the certificate's distribution points. None: the list is not about it.
 */
export const coveredReasons = (scope: ListScope, subject: ListedSubject): Reasons =>
  subject.points.reduce((reasons, point) => reasons | reasonsBy(scope, subject, point), 0)

function reasonsBy(scope: ListScope, subject: ListedSubject, point: PointNames): Reasons {
  const { limits } = scope
  const isIssuer =
    point.crlIssuers === null
      ? scope.issuer === subject.issuer
      : point.crlIssuers.has(directory(scope.issuer)) && limits?.indirectCRL === true // (b) (1)
  if (!isIssuer) return 0
  if (limits === null) return point.reasons
  const names = point.names ?? point.crlIssuers
  if (scope.names !== null && !meet(scope.names, names)) return 0 // (b) (2) (i)
  const isCa = subject.certificate.basicConstraints?.cA === true
  if (limits.onlyContainsUserCerts && isCa) return 0 // (ii)
  if (limits.onlyContainsCACerts && !isCa) return 0 // (iii)
  if (limits.onlyContainsAttributeCerts) return 0 // (iv)
  return point.reasons & (limits.onlySomeReasons ?? allReasons) // (d)
}

const meet = (a: ReadonlySet<string>, b: ReadonlySet<string> | null): boolean => {
  for (const name of b ?? []) if (a.has(name)) return true
  return false
}

/** The names of a distribution point; of an RDN below more than one name (section 4.2.1.13) none. */
function identitiesOf(
  name: DistributionPointName,
  bases: readonly Uint8Array[],
): ReadonlySet<string> {
  if (name.type === 'full') return new Set(name.names.map(identityOf))
  const [base, ...more] = bases
  if (base === undefined || more.length > 0) return new Set()
  const octets = Uint8Array.from(base)
  const node = readDer(octets, octets.length)
  if (!node.ok) return new Set()
  return new Set([directory(nameIdentity(sequence(node.value.contents, name.rdn)))])
}

const directory = (identity: string): string => `directory ${identity}`

/** Equal for two names exactly when they are; "The identical encoding MUST be used" (section 5.2.5). */
function identityOf(name: GeneralName): string {
  switch (name.type) {
    case 'dns':
    case 'uri':
    case 'email':
      return `${name.type} ${name.text}`
    case 'ip':
      return `ip ${latin1(name.octets)}`
    case 'directory':
      return directory(nameIdentity(name.der))
    case 'other':
      return `other ${latin1(name.der)}`
  }
}

/** Whether GeneralNames hold a directory name, by its {@link nameIdentity}. */
export const includesDirectory = (names: readonly GeneralName[], identity: string): boolean =>
  names.some((name) => name.type === 'directory' && nameIdentity(name.der) === identity)
