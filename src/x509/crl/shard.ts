import { type Bytes, equalBytes, utf8 } from '../../encoding/bytes.ts'
import type { EntryCursor } from './entries.ts'
import type { Revocation } from './revocation-list.ts'

/**
 * A shard: a part of a list's entries in the order of their serial numbers, in records of one size,
 * so that one is found by halving. Everything is stored as it is: no answer is a guess.
 *
 *     0  4  "CBX1"
 *     4 16  the list's id
 *    20  4  number of the shard       (big-endian, as all numbers)
 *    24  4  number of records
 *    28  1  width: octets of the longest serial number
 *    29  3  zero
 *    32     records: 1 length of the serial number, `width` the serial number and zeros behind it,
 *           5 revocation date in seconds since year 0, 1 reason code (255: none)
 */
const magic = utf8('CBX1')
const headerSize = 32
const dateSize = 5

/** In octets: what one read of a store should bring. */
export const maxShardSize = 1 << 16

/** Of a record for serial numbers of a width, in octets. */
const recordSize = (width: number): number => 1 + width + dateSize + 1

/** How many records with serial numbers up to a width go into a shard. */
export const recordsPerShard = (width: number): number =>
  Math.floor((maxShardSize - headerSize) / recordSize(width))

/** Seconds from the beginning of year 0 to the epoch: no GeneralizedTime is before that. */
const epoch = 719_528 * 86_400

/** Which shard of which list. */
export type ShardPlace = {
  /** 16 octets. */
  readonly listId: Uint8Array
  readonly number: number
}

/** A shard without its records. */
export function newShard({ listId, number }: ShardPlace, count: number, width: number): Bytes {
  const shard = new Uint8Array(headerSize + count * recordSize(width))
  shard.set(magic, 0)
  shard.set(listId, 4)
  const view = new DataView(shard.buffer)
  view.setUint32(20, number)
  view.setUint32(24, count)
  view.setUint8(28, width)
  return shard
}

/** Writes the entry a cursor is at as the nth record of a shard. */
export function writeRecord(shard: Bytes, place: number, entry: EntryCursor): void {
  const width = shard[28] ?? 0
  const at = headerSize + place * recordSize(width)
  const { source, serialFrom, serialTo } = entry
  shard[at] = serialTo - serialFrom
  for (let i = serialFrom; i < serialTo; i++) shard[at + 1 + i - serialFrom] = source[i] ?? 0
  const view = new DataView(shard.buffer)
  const date = entry.revocationDate + epoch
  view.setUint8(at + 1 + width, Math.floor(date / 2 ** 32))
  view.setUint32(at + 2 + width, date % 2 ** 32)
  shard[at + 1 + width + dateSize] = entry.reasonCode < 0 ? 255 : entry.reasonCode
}

/**
 * Looks a serial number up.
 * @param serial the content octets of its INTEGER
 * @returns null if it is not in the shard; `mismatch` if the octets are not the shard asked for
 */
export function lookUp(
  shard: Uint8Array,
  place: ShardPlace,
  serial: Uint8Array,
): Revocation | null | 'mismatch' {
  const view = new DataView(shard.buffer, shard.byteOffset, shard.byteLength)
  if (!isShard(shard, view, place)) return 'mismatch'
  const width = view.getUint8(28)
  if (serial.length > width) return null
  const size = recordSize(width)
  let low = 0
  let high = view.getUint32(24)
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = headerSize + middle * size
    const order = compare(shard, at, serial)
    if (order === 0) return readRecord(view, at + 1 + width)
    if (order < 0) low = middle + 1
    else high = middle
  }
  return null
}

function isShard(shard: Uint8Array, view: DataView, { listId, number }: ShardPlace): boolean {
  if (shard.length < headerSize || !equalBytes(shard.subarray(0, 4), magic)) return false
  if (!equalBytes(shard.subarray(4, 20), listId) || view.getUint32(20) !== number) return false
  return shard.length === headerSize + view.getUint32(24) * recordSize(view.getUint8(28))
}

function compare(shard: Uint8Array, at: number, serial: Uint8Array): number {
  const length = shard[at] ?? 0
  if (length !== serial.length) return length - serial.length
  for (let i = 0; i < length; i++) {
    const difference = (shard[at + 1 + i] ?? 0) - (serial[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function readRecord(view: DataView, at: number): Revocation {
  const date = view.getUint8(at) * 2 ** 32 + view.getUint32(at + 1)
  const reason = view.getUint8(at + dateSize)
  return { revocationDate: date - epoch, reasonCode: reason === 255 ? null : reason }
}
