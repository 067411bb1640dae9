import { text } from '../../../src/doctor/der-writer.ts'
import type { Bytes } from '../../../src/encoding/bytes.ts'

/**
 * Time in DER (RFC 5280 sections 4.1.2.5 and 5.1.2.4): UTCTime through 2049, GeneralizedTime from 2050.
 * @param time seconds since the epoch, or a whole element, which is returned unchanged
 */
export function mintTime(time: number | Bytes): Bytes {
  if (time instanceof Uint8Array) return time
  const iso = new Date(time * 1000).toISOString()
  const digits = iso.replace(/[-:T]|\.\d+Z/g, '')
  return digits >= '1950' && digits < '2050'
    ? text(0x17, `${digits.slice(2)}Z`)
    : text(0x18, `${digits}Z`)
}
