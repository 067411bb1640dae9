import type { Bytes } from '../../encoding/bytes.ts'
import { type DerNode, readDer, tags } from '../../encoding/der-reader.ts'
import { derOf, elementsOf, oidOf } from '../../encoding/der-values.ts'
import { readString } from './string-value.ts'

/** One AttributeTypeAndValue of a name. */
export type NameAttribute = {
  /** The attribute type in dotted decimals. */
  readonly oid: string
  /** The value as text for people; null where it is no string. */
  readonly value: string | null
  /** The value as text that may be compared; null where only its octets may be. */
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
 * @returns null where it is no Name; never throws
 */
export function readName(der: Uint8Array): readonly Rdn[] | null {
  const node = readDer(Uint8Array.from(der), maxNameSize)
  return node.ok ? readNameNode(node.value) : null
}

/** {@link readName} for an element that has been walked. */
export function readNameNode(node: DerNode): readonly Rdn[] | null {
  const rdns = elementsOf(node)?.map(readRdn)
  return rdns?.every((rdn) => rdn !== null) ? rdns : null
}

function readRdn(node: DerNode): Rdn | null {
  if (node.tag !== tags.set || node.children.length === 0) return null
  const attributes = node.children.map(readAttribute)
  return attributes.every((attribute) => attribute !== null) ? attributes : null
}

function readAttribute(node: DerNode): NameAttribute | null {
  const [type, value, ...more] = elementsOf(node) ?? []
  const oid = oidOf(type)
  return oid === null || value === undefined || more.length > 0 ? null : attribute(oid, value)
}

/** An attribute of the given type whose value has been walked; null where its string is malformed. */
export function attribute(oid: string, value: DerNode): NameAttribute | null {
  const read = readString(value)
  const der = derOf(value)
  switch (read.kind) {
    case 'text':
      return { oid, value: read.text, comparable: read.text, der }
    case 'display':
      return { oid, value: read.text, comparable: null, der }
    case 'other':
      return { oid, value: null, comparable: null, der }
    case 'malformed':
      return null
  }
}
