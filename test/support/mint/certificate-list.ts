import { bitString, explicit, integer } from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'
import { sequence, tlv } from '../../../src/encoding/der-writer.ts'
import { implicit, namedBits } from './der.ts'
import { extension, generalName, type MintGeneralName } from './extensions.ts'
import { algorithmIdentifier, type MintAlgorithm, type MintKey, signForX509 } from './keys.ts'
import { type MintName, mintName } from './name.ts'
import { mintTime } from './time.ts'

/** An entry of a CRL, or the whole entry in DER. */
export type MintEntry =
  | {
      /** A number, or the content octets of the INTEGER. */
      readonly serial: bigint | number | Uint8Array
      /** Seconds since the epoch. Default: the CRL's thisUpdate. */
      readonly revocationDate?: number
      readonly reasonCode?: number
      /** The certificate's issuer, in indirect lists. */
      readonly certificateIssuer?: readonly MintGeneralName[]
      /** Whole Extension elements in DER, after the others. */
      readonly extensions?: readonly Bytes[]
    }
  | Bytes

/** The content of a CRL. It may be malformed: nothing is checked. */
export type MintCrlRequest = {
  readonly issuer: MintName
  /** Seconds since the epoch, or a whole Time element in DER. */
  readonly thisUpdate: number | Bytes
  /** Absent: no nextUpdate. */
  readonly nextUpdate?: number | Bytes
  /** Default: none, and then no revokedCertificates field. */
  readonly entries?: readonly MintEntry[]
  readonly signWith: { readonly alg: MintAlgorithm; readonly privateKey: MintKey }
  /** CRL number; null for none. Default 1. */
  readonly number?: bigint | number | null
  /** Makes it a delta CRL. */
  readonly base?: bigint | number
  readonly issuingDistributionPoint?: MintIssuingDistributionPoint
  /** Whole Extension elements in DER, after the others. */
  readonly extensions?: readonly Bytes[]
  /** Default 2. */
  readonly version?: 1 | 2 | 3
  /** AlgorithmIdentifiers in DER that replace the correct ones inside and outside the signed part. */
  readonly innerAlgorithm?: Bytes
  readonly outerAlgorithm?: Bytes
  /** Changes the signature. */
  readonly changeSignature?: (signature: Bytes) => Bytes
}

/** issuingDistributionPoint (RFC 5280 section 5.2.5). Reasons are bit numbers. */
export type MintIssuingDistributionPoint = {
  readonly names?: readonly MintGeneralName[]
  readonly onlyContainsUserCerts?: boolean
  readonly onlyContainsCACerts?: boolean
  readonly onlySomeReasons?: readonly number[]
  readonly indirectCRL?: boolean
  readonly onlyContainsAttributeCerts?: boolean
}

/** A CRL in DER (RFC 5280 section 5.1), well-formed or not. */
export async function mintCrl(request: MintCrlRequest): Promise<Bytes> {
  const algorithm = algorithmIdentifier(request.signWith.alg)
  const tbs = tbsCertList(request, request.innerAlgorithm ?? algorithm)
  const signature = await signForX509(request.signWith, tbs)
  const changed = request.changeSignature?.(signature) ?? signature
  return sequence(tbs, request.outerAlgorithm ?? algorithm, bitString(changed))
}

function tbsCertList(request: MintCrlRequest, algorithm: Bytes): Bytes {
  const { version = 2, number = 1, entries = [] } = request
  const point = request.issuingDistributionPoint
  const extensions = [
    ...(number === null ? [] : [extension('2.5.29.20', false, integer(number))]),
    ...(request.base === undefined ? [] : [extension('2.5.29.27', true, integer(request.base))]),
    ...(point === undefined ? [] : [issuingDistributionPoint(point)]),
    ...(request.extensions ?? []),
  ]
  return sequence(
    version === 1 ? new Uint8Array() : integer(version - 1),
    algorithm,
    mintName(request.issuer),
    mintTime(request.thisUpdate),
    request.nextUpdate === undefined ? new Uint8Array() : mintTime(request.nextUpdate),
    entries.length === 0
      ? new Uint8Array()
      : sequence(...entries.map((entry) => crlEntry(entry, request.thisUpdate))),
    extensions.length === 0 ? new Uint8Array() : explicit(0, sequence(...extensions)),
  )
}

function crlEntry(entry: MintEntry, otherwise: number | Bytes): Bytes {
  if (entry instanceof Uint8Array) return entry
  const { serial, reasonCode, certificateIssuer } = entry
  const extensions = [
    ...(reasonCode === undefined
      ? []
      : [extension('2.5.29.21', false, tlv(0x0a, Uint8Array.of(reasonCode)))]),
    ...(certificateIssuer === undefined
      ? []
      : [extension('2.5.29.29', true, sequence(...certificateIssuer.map(generalName)))]),
    ...(entry.extensions ?? []),
  ]
  return sequence(
    serial instanceof Uint8Array ? tlv(0x02, serial) : integer(serial),
    mintTime(entry.revocationDate ?? otherwise),
    extensions.length === 0 ? new Uint8Array() : sequence(...extensions),
  )
}

function issuingDistributionPoint(point: MintIssuingDistributionPoint): Bytes {
  const flag = (number: number, value: boolean | undefined): Bytes =>
    value === true ? implicit(number, Uint8Array.of(0xff)) : new Uint8Array()
  const { names, onlySomeReasons } = point
  return extension(
    '2.5.29.28',
    true,
    sequence(
      names === undefined ? new Uint8Array() : explicit(0, fullName(names)),
      flag(1, point.onlyContainsUserCerts),
      flag(2, point.onlyContainsCACerts),
      onlySomeReasons === undefined ? new Uint8Array() : reasons(3, onlySomeReasons),
      flag(4, point.indirectCRL),
      flag(5, point.onlyContainsAttributeCerts),
    ),
  )
}

const fullName = (names: readonly MintGeneralName[]): Bytes =>
  explicit(0, ...names.map(generalName))

/** ReasonFlags under an implicit tag: the contents of the BIT STRING, from bit numbers. */
const reasons = (number: number, bits: readonly number[]): Bytes =>
  implicit(number, namedBits(bits).subarray(2))

/** One point of cRLDistributionPoints (RFC 5280 section 4.2.1.13). */
export type MintDistributionPoint = {
  readonly names?: readonly MintGeneralName[]
  /** An RDN instead of names, as RFC 4514 text. */
  readonly relativeName?: string
  readonly reasons?: readonly number[]
  readonly crlIssuer?: readonly MintGeneralName[]
}

/** cRLDistributionPoints, or freshestCRL (OID 2.5.29.46), which has the same syntax. */
export const crlDistributionPoints = (
  points: readonly MintDistributionPoint[],
  oid = '2.5.29.31',
  critical = false,
): Bytes => extension(oid, critical, sequence(...points.map(distributionPoint)))

function distributionPoint(point: MintDistributionPoint): Bytes {
  const { names, relativeName, crlIssuer } = point
  // mintName gives SEQUENCE { SET { ... } }. An implicit [1] replaces the tag of the SET.
  const rdn =
    relativeName === undefined ? undefined : explicit(1, mintName(relativeName).subarray(4))
  const name = names === undefined ? rdn : fullName(names)
  return sequence(
    name === undefined ? new Uint8Array() : explicit(0, name),
    point.reasons === undefined ? new Uint8Array() : reasons(1, point.reasons),
    crlIssuer === undefined ? new Uint8Array() : explicit(2, ...crlIssuer.map(generalName)),
  )
}
