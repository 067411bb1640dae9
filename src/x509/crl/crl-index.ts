import type { Bytes } from '../../encoding/bytes.ts'
import { toHex } from '../../encoding/hex.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { CertificateList } from './certificate-list.ts'
import { extensionValue } from './crl-extensions.ts'
import type { CrlIndexHeader } from './crl-index-header.ts'
import { newEntryCursor, nextEntry } from './entries.ts'
import { entriesOf } from './parse-certificate-list.ts'
import { newShard, recordsPerShard, writeRecord } from './shard.ts'

/** A list in a form in which one serial number is found by reading one shard. */
export type CrlIndex = {
  readonly header: CrlIndexHeader
  /** The shards by their numbers, each made when it is asked for and then forgotten. */
  readonly shards: () => Iterable<Uint8Array<ArrayBuffer>>
}

/** Why a list is not indexed. */
export type CrlIndexRefusal =
  /** A delta or indirect list, or one for some reasons or for attribute certificates. */
  'not_complete' | 'no_next_update' | 'serial_number_too_long'

/**
 * Makes the index of a complete list that has been verified (see {@link verifyCertificateList}). Takes
 * 13 octets of memory for an entry and one shard at a time, besides the list itself.
 * @param about under which trust anchors it was found (a name), and the SHA-256 of the
 *   SubjectPublicKeyInfo of who signed it, in lower-case hexadecimal
 */
export async function buildCrlIndex(
  crl: CertificateList,
  about: { readonly anchorSet: string; readonly issuerKey: string },
): Promise<Result<CrlIndex, CrlIndexRefusal>> {
  const { issuingDistributionPoint: limits, nextUpdate } = crl
  const limitsDer = extensionValue(crl.extensions, 'issuingDistributionPoint')
  if (crl.baseCrlNumber !== null || limits?.indirectCRL === true) return err('not_complete')
  if (limits?.onlyContainsAttributeCerts === true) return err('not_complete')
  if (limits !== null && limits.onlySomeReasons !== null) return err('not_complete')
  if (nextUpdate === null) return err('no_next_update')
  const sorted = sortEntries(crl)
  if (sorted === null) return err('serial_number_too_long')
  const listId = (await sha256(crl.der)).slice(0, 16)
  const ranges = rangesOf(sorted)
  const header: CrlIndexHeader = {
    format: 1,
    id: toHex(listId),
    ...about,
    issuer: toHex(crl.issuerDer),
    limits: limitsDer && toHex(limitsDer),
    crlNumber: crl.crlNumber === null ? null : crl.crlNumber.toString(),
    thisUpdate: crl.thisUpdate,
    nextUpdate,
    entries: crl.entryCount,
    fences: ranges.map(({ from }) => fenceAt(sorted, from)),
  }
  return ok({ header, shards: () => makeShards(crl, sorted, ranges, listId) })
}

/** Places in the order, from the first to behind the last. */
type Range = { readonly from: number; readonly to: number; readonly width: number }

/** Fills shard after shard; since the shorter come first, the last of each has its width. */
function rangesOf(sorted: SortedEntries): readonly Range[] {
  const ranges: Range[] = []
  let from = 0
  while (from < sorted.count) {
    let to = from + 1
    while (to < sorted.count && to - from < recordsPerShard(sorted.lengthAt(to))) to++
    ranges.push({ from, to, width: sorted.lengthAt(to - 1) })
    from = to
  }
  return ranges
}

function* makeShards(
  crl: CertificateList,
  sorted: SortedEntries,
  ranges: readonly Range[],
  listId: Uint8Array,
): Iterable<Uint8Array<ArrayBuffer>> {
  const cursor = newEntryCursor(crl.der, crl.entriesFrom, crl.entriesTo)
  const rules = { extensions: true, indirect: false, delta: false }
  for (const [number, { from, to, width }] of ranges.entries()) {
    const shard = newShard({ listId, number }, to - from, width)
    for (let place = from; place < to; place++) {
      cursor.at = sorted.entryAt(place)
      nextEntry(cursor, rules)
      writeRecord(shard, place - from, cursor)
    }
    yield shard
  }
}

/** Length and serial number: in the order of these texts, as the entries are in that of the octets. */
const fenceAt = (sorted: SortedEntries, place: number): string => {
  const from = sorted.serialAt(place)
  return toHex(sorted.source.subarray(from - 1, from + sorted.lengthAt(place)))
}

/** In octets. RFC 5280 section 4.1.2.2 allows 20; longer ones are about. */
const maxSerialLength = 64

/** The entries of a list in the order of their serial numbers, as offsets into its DER. */
type SortedEntries = {
  readonly source: Bytes
  readonly count: number
  /** Where the nth entry of the order begins. */
  readonly entryAt: (place: number) => number
  /** Where its serial number's content octets begin, and how many there are. */
  readonly serialAt: (place: number) => number
  readonly lengthAt: (place: number) => number
}

/** What an order is made of: 13 octets an entry, and no object. */
type Table = {
  readonly source: Bytes
  /** Offsets of entries, as they come. */
  readonly entryFrom: Uint32Array
  /** From there to the octets of the serial number. */
  readonly header: Uint8Array
  readonly order: Uint32Array
  readonly scratch: Uint32Array
}

/**
 * Sorts a list's entries by serial number: the shorter first, those of one length octet by octet.
 * @returns null if one is longer than {@link maxSerialLength}
 */
function sortEntries(crl: CertificateList): SortedEntries | null {
  const { entryCount: count, der: source } = crl
  const table: Table = {
    source,
    entryFrom: new Uint32Array(count),
    header: new Uint8Array(count),
    order: new Uint32Array(count),
    scratch: new Uint32Array(count),
  }
  const { cursor, next } = entriesOf(crl)
  for (let i = 0; next(); i++) {
    if (cursor.serialTo - cursor.serialFrom > maxSerialLength) return null
    table.entryFrom[i] = cursor.from
    table.header[i] = cursor.serialFrom - cursor.from
    table.order[i] = i
  }
  sortRange(table, 0, count, -1)
  const { entryFrom, order } = table
  const serialAt = (place: number): number => serialFrom(table, order[place] ?? 0)
  return {
    source,
    count,
    serialAt,
    entryAt: (place) => entryFrom[order[place] ?? 0] ?? 0,
    // Below 128 the length is one octet, right before the contents.
    lengthAt: (place) => source[serialAt(place) - 1] ?? 0,
  }
}

const serialFrom = ({ entryFrom, header }: Table, entry: number): number =>
  (entryFrom[entry] ?? 0) + (header[entry] ?? 0)

/** Below this many, comparing is quicker than counting. */
const few = 24

/** Most significant octet first; -1 is the length, which is the octet before the first. */
function sortRange(table: Table, from: number, to: number, octet: number): void {
  if (to - from <= few) {
    insertionSort(table, from, to)
    return
  }
  const { source, order, scratch } = table
  const starts = new Uint32Array(257)
  const digit = (entry: number): number => source[serialFrom(table, entry) + octet] ?? 0
  for (let i = from; i < to; i++) {
    const bucket = digit(order[i] ?? 0) + 1
    starts[bucket] = (starts[bucket] ?? 0) + 1
  }
  for (let bucket = 1; bucket <= 256; bucket++) {
    starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0)
  }
  const ends = starts.slice()
  for (let i = from; i < to; i++) {
    const entry = order[i] ?? 0
    const bucket = digit(entry)
    const place = ends[bucket] ?? 0
    scratch[from + place] = entry
    ends[bucket] = place + 1
  }
  order.set(scratch.subarray(from, to), from)
  for (let bucket = 0; bucket < 256; bucket++) {
    const first = from + (starts[bucket] ?? 0)
    const last = from + (starts[bucket + 1] ?? 0)
    const length = octet < 0 ? bucket : (source[serialFrom(table, order[first] ?? 0) - 1] ?? 0)
    if (last - first > 1 && octet + 1 < length) sortRange(table, first, last, octet + 1)
  }
}

function insertionSort(table: Table, from: number, to: number): void {
  const { order } = table
  for (let i = from + 1; i < to; i++) {
    const entry = order[i] ?? 0
    let place = i
    while (place > from && compare(table, order[place - 1] ?? 0, entry) > 0) {
      order[place] = order[place - 1] ?? 0
      place--
    }
    order[place] = entry
  }
}

/** By length and octets: from the octet before the contents, which is the length. */
function compare(table: Table, a: number, b: number): number {
  const { source } = table
  const aFrom = serialFrom(table, a)
  const bFrom = serialFrom(table, b)
  const length = source[aFrom - 1] ?? 0
  for (let i = -1; i < length; i++) {
    const difference = (source[aFrom + i] ?? 0) - (source[bFrom + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
