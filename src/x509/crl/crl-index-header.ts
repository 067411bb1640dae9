import { fromHex, toHex } from '../../encoding/hex.ts'

/** What is known of an indexed list without its shards; JSON, to be kept beside them. */
export type CrlIndexHeader = {
  readonly format: 1
  /** 32 hexadecimal digits that no other list has; its shards have them too. */
  readonly id: string
  /** The name of the trust anchors under which the list was found. */
  readonly anchorSet: string
  /** SHA-256 of the SubjectPublicKeyInfo of who signed it, in lower-case hexadecimal. */
  readonly issuerKey: string
  /** The issuer's Name in DER, in hexadecimal. */
  readonly issuer: string
  /** The value of issuingDistributionPoint in DER, in hexadecimal; null if there is none. */
  readonly limits: string | null
  /** In decimal digits; null if there is none. */
  readonly crlNumber: string | null
  /** Seconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly entries: number
  /** Of each shard the first serial number: its length and octets, in hexadecimal. */
  readonly fences: readonly string[]
}

/**
 * What identifies the lists of which one takes the place of another: trust anchors, key and scope,
 * never a name.
 */
export const crlIndexKey = ({ anchorSet, issuerKey, limits }: CrlIndexHeader): string =>
  JSON.stringify([anchorSet, issuerKey, limits])

/**
 * Whether a list may take the place of the one there is: of the same key, anchors and scope, and newer.
 * A CRL number never goes back (RFC 5280 section 5.2.3), a date neither, and a number is not lost.
 */
export function supersedes(old: CrlIndexHeader, candidate: CrlIndexHeader): boolean {
  if (crlIndexKey(old) !== crlIndexKey(candidate)) return false
  if (candidate.thisUpdate < old.thisUpdate) return false
  if (old.crlNumber === null) {
    return candidate.crlNumber !== null || candidate.thisUpdate > old.thisUpdate
  }
  return candidate.crlNumber !== null && BigInt(candidate.crlNumber) > BigInt(old.crlNumber)
}

/**
 * The number of the one shard in which a serial number could be; null if it is before all of them
 * and so not on the list.
 * @param serial the content octets of its INTEGER
 */
export function shardOf({ fences }: CrlIndexHeader, serial: Uint8Array): number | null {
  const wanted = toHex(Uint8Array.of(serial.length)) + toHex(serial)
  let low = 0
  let high = fences.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((fences[middle] ?? '') <= wanted) low = middle + 1
    else high = middle
  }
  return low === 0 ? null : low - 1
}

/** Reads a header as it was kept, as JSON text or parsed; null for anything else. */
export function readCrlIndexHeader(kept: unknown): CrlIndexHeader | null {
  const value = typeof kept === 'string' ? parse(kept) : kept
  return isHeader(value) ? value : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isHeader(value: unknown): value is CrlIndexHeader {
  if (typeof value !== 'object' || value === null) return false
  const { format, id, anchorSet, issuerKey, issuer, limits, crlNumber, ...rest } = value as Partial<
    Record<keyof CrlIndexHeader, unknown>
  >
  return (
    format === 1 &&
    isHex(id, 16) &&
    typeof anchorSet === 'string' &&
    isHex(issuerKey, 32) &&
    isHex(issuer) &&
    (limits === null || isHex(limits)) &&
    (crlNumber === null || (typeof crlNumber === 'string' && /^\d{1,49}$/.test(crlNumber))) &&
    [rest.thisUpdate, rest.nextUpdate, rest.entries].every(Number.isSafeInteger) &&
    Array.isArray(rest.fences) &&
    rest.fences.every((fence) => isHex(fence))
  )
}

const isHex = (value: unknown, octets?: number): boolean =>
  typeof value === 'string' &&
  fromHex(value) !== null &&
  (octets === undefined || value.length === 2 * octets)
