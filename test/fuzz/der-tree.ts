import type { Bytes } from '../../src/encoding/bytes.ts'
import { type DerNode, readDer } from '../../src/encoding/der-reader.ts'
import { concat, tlv } from '../../src/encoding/der-writer.ts'

/** DER that can be changed: the lengths of the enclosing elements are computed anew. */
export type Tree = {
  /** Identifier octets. */
  tag: Bytes
  /** Elements inside, of a constructed element or of an OCTET or BIT STRING that holds DER. */
  children: Tree[]
  /** The content before the children; the whole content without children. */
  octets: Bytes
  /** How the length is written. */
  length: 'shortest' | 'longer' | 'indefinite'
}

/** Reads DER into a tree; null if it is not DER. */
export function readTree(der: Bytes): Tree | null {
  const node = readDer(der, der.length)
  return node.ok ? treeOf(node.value) : null
}

function treeOf(node: DerNode): Tree {
  const tag = node.der.slice(0, node.tag > 0xff ? 2 : 1)
  const length = 'shortest'
  const octets = node.contents
  if (node.children.length > 0) {
    return { tag, length, octets: new Uint8Array(), children: node.children.map(treeOf) }
  }
  const skipped = node.tag === 0x03 ? 1 : 0
  const isClosed = (node.tag === 0x04 || node.tag === 0x03) && octets.length > 3
  const inside = isClosed ? readTree(octets.slice(skipped)) : null
  return inside === null
    ? { tag, length, octets: octets.slice(), children: [] }
    : { tag, length, octets: octets.slice(0, skipped), children: [inside] }
}

/** Writes a tree. */
export function writeTree(tree: Tree): Bytes {
  const contents = concat(tree.octets, ...tree.children.map(writeTree))
  switch (tree.length) {
    case 'shortest':
      return concat(tree.tag, tlv(0, contents).subarray(1))
    case 'longer': {
      const octets = Uint8Array.of(
        0x83,
        contents.length >> 16,
        contents.length >> 8,
        contents.length,
      )
      return concat(tree.tag, octets, contents)
    }
    case 'indefinite':
      return concat(tree.tag, Uint8Array.of(0x80), contents, Uint8Array.of(0, 0))
  }
}

/** All elements of a tree, itself first. */
export const elements = (tree: Tree): Tree[] => [tree, ...tree.children.flatMap(elements)]
