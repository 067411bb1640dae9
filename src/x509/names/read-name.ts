import { type Bytes, fromAscii, fromUtf8, latin1 } from '../../encoding/bytes.ts'
import { type DerNode, readDer, tags } from '../../encoding/der-reader.ts'
import { elementsOf, oidOf, readAll } from '../../encoding/der-values.ts'

/** One AttributeTypeAndValue of a name. */
export type NameAttribute = {
  /** The attribute type in dotted decimals. */
  readonly oid: string
  /** The value as text for people; null if it is not a string. */
  readonly value: string | null
  /** The value as text that may be compared; null if only its octets may be. */
  readonly comparable: string | null
  /** The value's whole DER element. */
  readonly der: Bytes
}

/** A relative distinguished name: one or more attributes, their order without meaning. */
export type Rdn = readonly NameAttribute[]

/** In octets. Comparing and caching names must stay cheap. */
const maxNameSize = 1 << 16

/**
 * Reads a Name in DER (RFC 5280 section 4.1.2.4), most significant RDN first.
 * @returns null if it is not a Name; never throws
 */
export function readName(der: Uint8Array): readonly Rdn[] | null {
  const node = readDer(Uint8Array.from(der), maxNameSize)
  return node.ok ? readNameNode(node.value) : null
}

/** {@link readName} for an element that has been walked. */
export const readNameNode = (node: DerNode): readonly Rdn[] | null =>
  readAll(elementsOf(node), ({ tag, children }) =>
    tag === tags.set && children.length > 0 ? readAll(children, readAttribute) : null,
  )

function readAttribute(node: DerNode): NameAttribute | null {
  const [type, value, ...more] = elementsOf(node) ?? []
  const oid = oidOf(type)
  return oid === null || value === undefined || more.length > 0 ? null : attribute(oid, value)
}

/**
 * An attribute of the given type whose value has been walked (X.680 clause 41, RFC 5280 appendix A.1
 * DirectoryString); null if its string is malformed.
 *
 * TeletexString has no agreed mapping to Unicode (RFC 4518 section 2.1: "a local matter"): it is
 * shown as Latin-1, which most issuers meant, but compared by its octets only. PrintableString is
 * read as ASCII beyond its own alphabet ("&", "@", "_" and "*" are common in real names); with
 * octets above 7F it is no text, but the certificate is accepted.
 */
export function attribute(oid: string, { tag, contents, der }: DerNode): NameAttribute | null {
  switch (tag) {
    case tags.teletexString:
      return { oid, value: latin1(contents), comparable: null, der }
    case tags.utf8String:
      return textAttribute(oid, fromUtf8(contents), der)
    case tags.ia5String:
      return textAttribute(oid, fromAscii(contents), der)
    case tags.bmpString:
      return textAttribute(oid, codePoints(contents, 2), der)
    case tags.universalString:
      return textAttribute(oid, codePoints(contents, 4), der)
    default: {
      const text = tag === tags.printableString ? fromAscii(contents) : null
      return { oid, value: text, comparable: text, der }
    }
  }
}

const textAttribute = (oid: string, text: string | null, der: Bytes): NameAttribute | null =>
  text === null ? null : { oid, value: text, comparable: text, der }

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
