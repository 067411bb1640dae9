import { toHex } from '../../encoding/hex.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { CertificateList } from './certificate-list.ts'
import { extensionValue } from './crl-extensions.ts'
import type { CrlIndexHeader } from './crl-index-header.ts'
import { newEntryCursor, nextEntry } from './entries.ts'
import { newShard, recordsPerShard, writeRecord } from './shard.ts'
import { type SortedEntries, sortEntries } from './sort-entries.ts'

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
