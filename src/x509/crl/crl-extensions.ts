import type { Bytes } from '../../encoding/bytes.ts'
import { tags } from '../../encoding/der-reader.ts'
import { toHex } from '../../encoding/hex.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import {
  readDistributionPointName,
  readDistributionPoints,
  readOptional,
  readReasons,
} from '../extensions/distribution-points.ts'
import { duplicateExtension, type Extension, readExtensions } from '../extensions/extension.ts'
import { membersOf } from '../extensions/general-name.ts'
import { readAuthorityKeyIdentifier } from '../extensions/key-identifiers.ts'
import { readValue } from '../extensions/known-extensions.ts'
import { type Element, readWalked } from '../schema.ts'
import type {
  CrlRefusal,
  IssuingDistributionPoint,
  KnownCrlExtensions,
} from './certificate-list.ts'

/** The CRL extensions that are read. */
export const crlExtensionOids = {
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  authorityKeyIdentifier: '2.5.29.35',
  freshestCrl: '2.5.29.46',
} as const

const handled: ReadonlySet<string> = new Set(Object.values(crlExtensionOids))

/** The extensions of a list: all of them, and what those that are understood say. */
export type ReadCrlExtensions = {
  readonly extensions: readonly Extension[]
  readonly known: KnownCrlExtensions
}

/** Reads crlExtensions (RFC 5280 section 5.2) from the Extensions inside of the explicit tag, in DER. */
export function readCrlExtensions(der: Bytes | undefined): Result<ReadCrlExtensions, CrlRefusal> {
  const extensions = der === undefined ? [] : readExtensions(readWalked(der))
  if (extensions === null) return err({ reason: 'bad_extensions' })
  const twice = duplicateExtension(extensions)
  if (twice !== null) return err({ reason: 'duplicate_extension', oid: twice })
  // Section 5.2: "then the application MUST NOT use that CRL"
  const unknown = extensions.find(({ oid, critical }) => critical && !handled.has(oid))
  if (unknown !== undefined) {
    return err({ reason: 'unhandled_critical_extension', oid: unknown.oid })
  }
  const known = readKnown(extensions)
  return known.ok ? ok({ extensions, known: known.value }) : known
}

function readKnown(extensions: readonly Extension[]): Result<KnownCrlExtensions, CrlRefusal> {
  let malformed: string | null = null
  const read = <T>(oid: string, reader: (element: Element) => T | null): T | null => {
    const value = extensions.find((extension) => extension.oid === oid)?.value
    if (value === undefined) return null
    const known = readValue(value, reader)
    if (known === null) malformed ??= oid
    return known
  }
  const oids = crlExtensionOids
  const aki = read(oids.authorityKeyIdentifier, readAuthorityKeyIdentifier)
  const known: KnownCrlExtensions = {
    authorityKeyIdentifier: aki?.keyIdentifier ?? null,
    crlNumber: read(oids.crlNumber, readCrlNumber),
    baseCrlNumber: read(oids.deltaCrlIndicator, readCrlNumber),
    issuingDistributionPoint: read(oids.issuingDistributionPoint, readIssuingDistributionPoint),
    freshestCrl: read(oids.freshestCrl, readDistributionPoints),
  }
  return malformed === null ? ok(known) : err({ reason: 'bad_extension', oid: malformed })
}

/** Section 5.2.3: "MUST NOT use CRLNumber values longer than 20 octets" */
const maxCrlNumber = 20

function readCrlNumber({ tag, contents }: Element): bigint | null {
  const [first = 0] = contents
  if (tag !== tags.integer || first >= 0x80) return null
  const isTooLong = contents.length - (first === 0 ? 1 : 0) > maxCrlNumber
  return isTooLong ? null : BigInt(`0x${toHex(contents)}`)
}

/** Reads IssuingDistributionPoint (section 5.2.5). */
export function readIssuingDistributionPoint(element: Element): IssuingDistributionPoint | null {
  const members = membersOf(element, [0xa0, 0x81, 0x82, 0x83, 0x84, 0x85])
  // "MUST NOT issue CRLs where the DER encoding [...] is an empty sequence"
  if (members === null || element.children.length === 0) return null
  const [nameElement, users, cas, reasonsElement, indirect, attributes] = members
  const name = readOptional(nameElement, readDistributionPointName)
  const onlySomeReasons = readOptional(reasonsElement, readReasons)
  if (name === undefined || onlySomeReasons === undefined) return null
  // X.690 section 11.5: FALSE is the default, and so it is not encoded.
  if (![users, cas, indirect, attributes].every((flag) => flag === undefined || isTrue(flag))) {
    return null
  }
  // "at most one of [them] may be set to TRUE"
  if ([users, cas, attributes].filter((flag) => flag !== undefined).length > 1) return null
  return {
    name,
    onlyContainsUserCerts: users !== undefined,
    onlyContainsCACerts: cas !== undefined,
    onlySomeReasons,
    indirectCRL: indirect !== undefined,
    onlyContainsAttributeCerts: attributes !== undefined,
  }
}

/** BOOLEAN under an implicit tag. */
const isTrue = ({ contents }: Element): boolean => contents.length === 1 && contents[0] === 0xff
