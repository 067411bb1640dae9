import { fromBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'

/**
 * Reads an RFC 9440 Client-Cert value: one Byte Sequence, `:base64:`, without parameters.
 * @returns the octets, or null if the text has another form
 * @see RFC 9440 section 2.2, RFC 8941 section 3.3.5
 */
export function readByteSequence(text: string): Bytes | null {
  if (text.length < 3 || !text.startsWith(':') || !text.endsWith(':')) return null
  return fromBase64(text.slice(1, -1))
}

/**
 * Reads an RFC 9440 Client-Cert-Chain value: a List of Byte Sequences.
 * @param max the largest number of members that is accepted
 * @returns the members in their order; null if one has another form or there are too many
 * @see RFC 9440 section 2.3, RFC 8941 section 3.1
 */
export function readByteSequenceList(text: string, max: number): readonly Bytes[] | null {
  if (text === '') return []
  const parts = text.split(',', max + 1)
  if (parts.length > max) return null
  const members = parts.map((part) => readByteSequence(part.trim()))
  const sequences = members.filter((member) => member !== null)
  return sequences.length === members.length ? sequences : null
}
