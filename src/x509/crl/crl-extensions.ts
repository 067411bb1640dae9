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
import {
  duplicateExtension,
  type Extension,
  type ReadBy,
  readBy,
  readExtensions,
} from '../extensions/extension.ts'
import { membersOf } from '../extensions/general-name.ts'
import { readAuthorityKeyIdentifier } from '../extensions/known-extensions.ts'
import { type Element, readWalked } from '../schema.ts'
import type { CrlRefusal, IssuingDistributionPoint } from './certificate-list.ts'

/** The CRL extensions that are understood. */
export const knownCrlExtensions = {
  /** RFC 5280 section 5.2.1: the keyIdentifier in lower-case hexadecimal. */
  authorityKeyIdentifier: { oid: '2.5.29.35', read: readAuthorityKeyIdentifier },
  crlNumber: { oid: '2.5.29.20', read: readCrlNumber },
  /** Section 5.2.4: what a delta CRL is based on; null makes a list a complete one. */
  baseCrlNumber: { oid: '2.5.29.27', read: readCrlNumber },
  issuingDistributionPoint: { oid: '2.5.29.28', read: readIssuingDistributionPoint },
  /** Section 5.2.6. */
  freshestCrl: { oid: '2.5.29.46', read: readDistributionPoints },
} as const

const handled: ReadonlySet<string> = new Set(
  Object.values(knownCrlExtensions).map(({ oid }) => oid),
)

/** What the CRL extensions that are understood say; null if a list does not have one. */
export type KnownCrlExtensions = ReadBy<typeof knownCrlExtensions>

/**
 * Reads crlExtensions (RFC 5280 section 5.2) from the Extensions inside of the explicit tag, in DER.
 * @returns the fields of a list that come from them
 */
export function readCrlExtensions(
  der: Bytes | undefined,
): Result<KnownCrlExtensions & { readonly extensions: readonly Extension[] }, CrlRefusal> {
  const extensions = der === undefined ? [] : readExtensions(readWalked(der))
  if (extensions === null) return err({ reason: 'bad_extensions' })
  const twice = duplicateExtension(extensions)
  if (twice !== null) return err({ reason: 'duplicate_extension', oid: twice })
  // Section 5.2: "then the application MUST NOT use that CRL"
  const unknown = extensions.find(({ oid, critical }) => critical && !handled.has(oid))
  if (unknown !== undefined) {
    return err({ reason: 'unhandled_critical_extension', oid: unknown.oid })
  }
  const known = readBy(knownCrlExtensions, extensions)
  return known.ok
    ? ok({ extensions, ...known.value })
    : err({ reason: 'bad_extension', oid: known.error })
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

/** The value of an extension; null if a list does not have it. */
export const extensionValue = (
  extensions: readonly Extension[],
  name: keyof KnownCrlExtensions,
): Bytes | null => extensions.find(({ oid }) => oid === knownCrlExtensions[name].oid)?.value ?? null
