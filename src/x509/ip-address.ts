import type { Bytes } from '../encoding/bytes.ts'

/**
 * Reads an address in text: IPv4 in dotted decimals without leading zeros, IPv6 in any form of RFC
 * 4291 section 2.2. No zones, no masks.
 * @returns 4 or 16 octets, or null
 */
export function parseIpAddress(text: string): Bytes | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Bytes | null {
  const parts = text.split('.')
  // A leading zero means octal to some readers: refused rather than guessed.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return null
  const octets = parts.map(Number)
  return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : null
}

function parseIpv6(text: string): Bytes | null {
  if (text.length > 45) return null
  const halves = text.split('::').map(parseGroups)
  const [left, right, ...more] = halves
  if (left === null || left === undefined || right === null || more.length > 0) return null
  if (right === undefined) return left.length === 16 ? Uint8Array.from(left) : null
  const zeros = 16 - left.length - right.length
  // RFC 4291 section 2.2: "::" replaces one or more groups.
  return zeros < 2
    ? null
    : Uint8Array.from([...left, ...new Array<number>(zeros).fill(0), ...right])
}

/** Groups of 16 bits, the last two maybe in the form of IPv4, as octets. */
function parseGroups(text: string): number[] | null {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const number = Number.parseInt(group, 16)
      octets.push(number >> 8, number & 0xff)
    } else {
      const ipv4 = index === groups.length - 1 ? parseIpv4(group) : null
      if (ipv4 === null) return null
      octets.push(...ipv4)
    }
  }
  return octets
}

/** An address of 4 or 16 octets in its canonical text (RFC 5952 for IPv6). */
export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  const groups: number[] = []
  for (let i = 0; i < octets.length; i += 2) {
    groups.push((octets[i] ?? 0) * 256 + (octets[i + 1] ?? 0))
  }
  // RFC 5952 section 5: IPv4-mapped addresses end in dotted decimals.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${octets.subarray(12).join('.')}`
  }
  const { start, length } = longestRunOfZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':') // section 4.2.2: a single group is not shortened
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** RFC 5952 section 4.2.3: the longest run, the first of equals. */
function longestRunOfZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}
