import { fromUtf8 } from '../../encoding/bytes.ts'
import { type DerNode, tags } from '../../encoding/der-reader.ts'
import { contentsOf } from '../../encoding/der-values.ts'

/** A value's text, with how far it may be trusted; or what keeps it from being a text. */
export type StringValue =
  | { readonly kind: 'text'; readonly text: string }
  /** Can be shown, but not compared as text (see {@link readString}). */
  | { readonly kind: 'display'; readonly text: string }
  /** Of a type that is no string. */
  | { readonly kind: 'other' }
  /** The tag of a string type, with octets that are no such string. */
  | { readonly kind: 'malformed' }

/**
 * Reads an attribute value (X.680 clause 41, RFC 5280 appendix A.1 DirectoryString).
 *
 * TeletexString has no agreed mapping to Unicode (RFC 4518 section 2.1: "a local matter"): it is
 * shown as Latin-1, which most issuers meant, but compared by its octets alone. PrintableString is
 * read as ASCII beyond its own alphabet ("&", "@", "_" and "*" are common in real names); with
 * octets above 7F it is no text, but the certificate is accepted.
 */
export function readString(node: DerNode): StringValue {
  const octets = contentsOf(node)
  switch (node.tag) {
    case tags.utf8String:
      return textOrMalformed(fromUtf8(octets))
    case tags.ia5String:
      return isAscii(octets) ? { kind: 'text', text: latin1(octets) } : { kind: 'malformed' }
    case tags.printableString:
      return isAscii(octets) ? { kind: 'text', text: latin1(octets) } : { kind: 'other' }
    case tags.teletexString:
      return { kind: 'display', text: latin1(octets) }
    case tags.bmpString:
      return textOrMalformed(codePoints(octets, 2))
    case tags.universalString:
      return textOrMalformed(codePoints(octets, 4))
    default:
      return { kind: 'other' }
  }
}

/** Octets as the characters they are in Latin-1, of which ASCII is a part. */
export function latin1(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}

/** Whether all octets are ASCII, as in an IA5String. */
export const isAscii = (octets: Uint8Array): boolean => octets.every((octet) => octet < 0x80)

const textOrMalformed = (text: string | null): StringValue =>
  text === null ? { kind: 'malformed' } : { kind: 'text', text }

/** Big-endian code points of two or four octets; null for half ones, surrogates and beyond Unicode. */
function codePoints(octets: Uint8Array, width: 2 | 4): string | null {
  if (octets.length % width !== 0) return null
  let text = ''
  for (let at = 0; at < octets.length; at += width) {
    let code = 0
    for (let i = 0; i < width; i++) code = code * 256 + (octets[at + i] ?? 0)
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return null
    text += String.fromCodePoint(code)
  }
  return text
}
